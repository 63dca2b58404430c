import type { ScreenPlace } from "../protocol/gazeCalibration.ts";
import type { Angles } from "./angles.ts";

/** A place on a screen: shares of its width from the left and of its height from above, as the person sees it. */
export interface ScreenPoint {
  readonly x: number;
  readonly y: number;
}

const degrees = 180 / Math.PI;

/** Where a place on the screen lies for the camera. */
export function anglesOfPoint({ x, y }: ScreenPoint, screen: ScreenPlace): Angles {
  const leftCm = (0.5 - x) * screen.widthCm;
  const downCm = y * screen.heightCm;
  return {
    yawDeg: Math.atan2(leftCm, screen.distanceCm) * degrees,
    pitchDeg: -Math.atan2(downCm, Math.hypot(leftCm, screen.distanceCm)) * degrees,
  };
}

/** How far apart on the screen, as a share of its width, is what lies so many degrees apart before the eyes. */
export function shareOfWidth(angleDeg: number, { widthCm, distanceCm }: ScreenPlace): number {
  return (Math.tan(angleDeg / degrees) * distanceCm) / widthCm;
}

/** Nine places to fit on, in an order that leads the eyes about, and four others to check on. */
export const calibrationPoints: readonly ScreenPoint[] = [
  [0.5, 0.5], [0.08, 0.08], [0.92, 0.92], [0.92, 0.08], [0.08, 0.92], [0.5, 0.08], [0.5, 0.92], [0.08, 0.5], [0.92, 0.5],
].map(([x, y]) => ({ x: x!, y: y! })); // prettier-ignore
export const checkPoints: readonly ScreenPoint[] = [
  [0.29, 0.29], [0.71, 0.71], [0.71, 0.29], [0.29, 0.71],
].map(([x, y]) => ({ x: x!, y: y! })); // prettier-ignore
