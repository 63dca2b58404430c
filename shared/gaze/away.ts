import type { Angles } from "./angles.ts";

/** How far the gaze may point from the camera and still count as on it or on a screen below it, degrees; see models/THRESHOLDS.md. */
export const awayLimits = { sideDeg: 25, upDeg: 15, downDeg: 25 } as const;

/** Whether the gaze points off the screen or the camera's surroundings. */
export function isAway({ pitchDeg, yawDeg }: Angles): boolean {
  return (
    Math.abs(yawDeg) > awayLimits.sideDeg || pitchDeg > awayLimits.upDeg || pitchDeg < -awayLimits.downDeg
  );
}
