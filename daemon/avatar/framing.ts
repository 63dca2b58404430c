import type { Crop } from "../vision/crop.ts";

/**
 * How a head stands in its picture: the picture is `zoom` face squares wide, its middle lies `lift` of one above the face's
 * (models/recipes/avatar_draw.py, ZOOM and LIFT).
 */
export const zoom = 1.6;
export const lift = 0.16;

/** The part of a picture that shows a face as a drawn head is shown; it is turned with the face. */
export function pictureFrame({ cx, cy, side, roll }: Crop): Crop {
  const up = lift * side;
  return { cx: cx + up * Math.sin(roll), cy: cy - up * Math.cos(roll), side: zoom * side, roll };
}
