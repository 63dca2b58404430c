import { awayLimits } from "../../../shared/gaze/away.ts";
import type { Face } from "../../../shared/protocol/results.ts";

/** Half of what is shown, degrees. */
const reachDeg = 45;
const size = 2 * reachDeg;

/** Where the eyes point, as the person sees it: the camera in the middle, the frame about a screen below it. */
export function GazeDot({ gaze }: { readonly gaze: Face["gaze"] }) {
  const text =
    gaze === undefined
      ? "Gaze: not seen"
      : `Gaze: ${sideways(gaze.yawDeg)}, ${upOrDown(gaze.pitchDeg)}${gaze.away ? ", away" : ""}`;
  // A positive yaw points to the person's left, which is left here too.
  const x = gaze === undefined ? 0 : clamp(-gaze.yawDeg);
  const y = gaze === undefined ? 0 : clamp(-gaze.pitchDeg);
  return (
    <figure class="gaze">
      <svg viewBox={`${-reachDeg} ${-reachDeg} ${size} ${size}`} aria-hidden="true">
        <rect x={-reachDeg} y={-reachDeg} width={size} height={size} class="gaze-field" />
        <rect
          x={-awayLimits.sideDeg}
          y={-awayLimits.upDeg}
          width={2 * awayLimits.sideDeg}
          height={awayLimits.upDeg + awayLimits.downDeg}
          class="gaze-screen"
        />
        <path d="M -3 0 H 3 M 0 -3 V 3" class="gaze-camera" />
        {gaze !== undefined &&
          (gaze.away ? (
            <path d={`M ${x - 5} ${y - 5} l 10 10 m 0 -10 l -10 10`} class="gaze-away" />
          ) : (
            <circle cx={x} cy={y} r="5" class="gaze-dot" />
          ))}
      </svg>
      <figcaption class="small muted">{text}</figcaption>
    </figure>
  );
}

function clamp(angleDeg: number): number {
  return Math.min(Math.max(angleDeg, 5 - reachDeg), reachDeg - 5);
}

function sideways(yawDeg: number): string {
  return `${Math.abs(yawDeg).toFixed(0)}° ${yawDeg >= 0 ? "left" : "right"}`;
}

function upOrDown(pitchDeg: number): string {
  return `${Math.abs(pitchDeg).toFixed(0)}° ${pitchDeg >= 0 ? "up" : "down"}`;
}
