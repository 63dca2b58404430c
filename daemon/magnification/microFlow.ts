import type { Frame } from "../media/frame.ts";
import { opticalFlow, type GreyPicture } from "./opticalFlow.ts";

/** A box in fractions of the crop: left, top, right, bottom. */
export type CropBox = readonly [number, number, number, number];

/** Width and height of each plane. */
export const flowSide = 28;
/** Flow is computed on this many pixels for each cell of a plane. */
const cell = 2;
const workSide = cell * flowSide;

/**
 * How a face moved from onset to apex, as the networks of the MEGC 2019 composite have it: u, v and the strain of the flow,
 * each stretched to 0..255, [3 x 28 x 28].
 *
 * @param box the face from brows to chin
 */
export function microFlow(onset: Frame, apex: Frame, box: CropBox): Float32Array {
  const { u, v } = opticalFlow(greyCut(onset, box), greyCut(apex, box));
  const planes = new Float32Array(3 * flowSide * flowSide);
  for (const [k, values] of [u, v, strain(u, v)].entries()) {
    const plane = planes.subarray(k * flowSide * flowSide, (k + 1) * flowSide * flowSide);
    for (let y = 0; y < workSide; y++)
      for (let x = 0; x < workSide; x++)
        plane[Math.floor(y / cell) * flowSide + Math.floor(x / cell)]! += values[y * workSide + x]!;
    stretch(plane);
  }
  return planes;
}

/** Size of the small-deformation strain tensor, by central differences. */
function strain(u: Float32Array, v: Float32Array): Float32Array {
  const out = new Float32Array(u.length);
  for (let y = 0, i = 0; y < workSide; y++) {
    for (let x = 0; x < workSide; x++, i++) {
      const right = x + 1 < workSide ? i + 1 : i;
      const left = x > 0 ? i - 1 : i;
      const below = y + 1 < workSide ? i + workSide : i;
      const above = y > 0 ? i - workSide : i;
      const ux = (u[right]! - u[left]!) / 2;
      const vy = (v[below]! - v[above]!) / 2;
      const shear = (u[below]! - u[above]! + v[right]! - v[left]!) / 4;
      out[i] = Math.sqrt(ux * ux + vy * vy + 2 * shear * shear);
    }
  }
  return out;
}

/** To 0..255; what does not vary becomes 0. */
function stretch(plane: Float32Array): void {
  const low = plane.reduce((a, b) => Math.min(a, b), Infinity);
  const range = plane.reduce((a, b) => Math.max(a, b), -Infinity) - low;
  for (let i = 0; i < plane.length; i++) plane[i] = range > 0 ? (255 * (plane[i]! - low)) / range : 0;
}

/** The luma of a box, each pixel the mean of four bilinear samples. */
function greyCut({ data, width, height }: Frame, [left, top, right, bottom]: CropBox): GreyPicture {
  const out = new Float32Array(workSide * workSide);
  const fine = 2 * workSide;
  for (let y = 0; y < fine; y++) {
    const py = Math.min(Math.max((top + ((y + 0.5) / fine) * (bottom - top)) * height - 0.5, 0), height - 1);
    const y0 = Math.floor(py);
    const below = y0 + 1 < height ? width : 0;
    for (let x = 0; x < fine; x++) {
      const px = Math.min(Math.max((left + ((x + 0.5) / fine) * (right - left)) * width - 0.5, 0), width - 1);
      const x0 = Math.floor(px);
      const beside = x0 + 1 < width ? 1 : 0;
      const i = y0 * width + x0;
      const upper = data[i]! + (px - x0) * (data[i + beside]! - data[i]!);
      const lower = data[i + below]! + (px - x0) * (data[i + below + beside]! - data[i + below]!);
      out[(y >> 1) * workSide + (x >> 1)]! += (upper + (py - y0) * (lower - upper)) / 4;
    }
  }
  return { width: workSide, height: workSide, data: out };
}
