import { lift, zoom } from "../../shared/avatar/framing.ts";
import type { Crop } from "../vision/crop.ts";

/** The part of a picture that shows a face as a drawn head is shown; it is turned with the face. */
export function pictureFrame({ cx, cy, side, roll }: Crop): Crop {
  const up = lift * side;
  return { cx: cx + up * Math.sin(roll), cy: cy - up * Math.cos(roll), side: zoom * side, roll };
}
