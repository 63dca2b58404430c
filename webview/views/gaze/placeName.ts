import type { ScreenPoint } from "../../../shared/gaze/screen.ts";

/** Where a point lies, in words. */
export function placeName({ x, y }: ScreenPoint): string {
  const across =
    x < 0.2 ? "left" : x < 0.45 ? "half left" : x <= 0.55 ? "middle" : x <= 0.8 ? "half right" : "right";
  const down =
    y < 0.2 ? "top" : y < 0.45 ? "half up" : y <= 0.55 ? "middle" : y <= 0.8 ? "half down" : "bottom";
  return across === down ? "middle" : `${down} ${across}`;
}
