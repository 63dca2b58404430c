import type { Frame } from "../media/frame.ts";
import { sampleLuma, sampleRgb } from "../media/sampleFrame.ts";
import { samplePlane, type Affine, type Region } from "../media/samplePlane.ts";

/** A picture as a decoder of image files gives it: rows of interleaved 8-bit pixels; grey, RGB or RGBA. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array;
}

/** What the sampler reads: a picture file or a planar YUV frame of a video. */
export type Picture = RgbPicture | Frame;

/** A turned square (or rectangle, by the output's shape) of the source; models/README.md, "Crop". */
export interface Crop {
  /** Centre, source pixels. */
  readonly cx: number;
  readonly cy: number;
  /** Source pixels that the output's width covers. */
  readonly side: number;
  /** Radians, clockwise in a picture with y down. */
  readonly roll: number;
}

/** Where a letterboxed picture lies: source point p is at `scale * p + (left, top)` of the output. */
export interface Letterbox {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

export interface SampleOptions {
  /** The output's columns run from right to left. */
  readonly mirror?: boolean;
  /** All three planes hold a video frame's luma, which is all that a network without colour looks at. */
  readonly grey?: boolean;
}

/**
 * Writes the crop as RGB 0..255, planes R, G, B of `height * width` each, into `out` from `offset` on. Of a video frame
 * only the samples are converted to RGB.
 */
export function cropInto(
  picture: Picture,
  { cx, cy, side, roll }: Crop,
  width: number,
  height: number,
  out: Float32Array,
  offset = 0,
  { mirror = false, grey = false }: SampleOptions = {},
): void {
  const step = side / width;
  const cos = Math.cos(roll) * step;
  const sin = Math.sin(roll) * step;
  const sign = mirror ? -1 : 1;
  const affine = {
    ox: cx - (sign * cos * width) / 2 + (sin * height) / 2,
    oy: cy - (sign * sin * width) / 2 - (cos * height) / 2,
    ux: sign * cos,
    uy: sign * sin,
    vx: -sin,
    vy: cos,
  };
  samplePicture(picture, affine, width, height, whole(width, height), out, offset, grey);
}

/** The whole picture as the crop: each axis with its own scale and number of samples. */
export function resizeInto(
  picture: Picture,
  width: number,
  height: number,
  out: Float32Array,
  offset = 0,
): void {
  const affine = { ox: 0, oy: 0, ux: picture.width / width, uy: 0, vx: 0, vy: picture.height / height };
  samplePicture(picture, affine, width, height, whole(width, height), out, offset, false);
}

/** The picture scaled to fit, centred, the rest 0. An output pixel belongs to the picture if its centre does. */
export function letterboxInto(
  picture: Picture,
  width: number,
  height: number,
  out: Float32Array,
  offset = 0,
): Letterbox {
  const scale = Math.min(width / picture.width, height / picture.height);
  const left = (width - scale * picture.width) / 2;
  const top = (height - scale * picture.height) / 2;
  const affine = { ox: -left / scale, oy: -top / scale, ux: 1 / scale, uy: 0, vx: 0, vy: 1 / scale };
  const region = {
    u0: Math.ceil(left - 0.5),
    u1: Math.ceil(width - left - 0.5),
    v0: Math.ceil(top - 0.5),
    v1: Math.ceil(height - top - 0.5),
  };
  out.fill(0, offset, offset + 3 * width * height);
  samplePicture(picture, affine, width, height, region, out, offset, false);
  return { scale, left, top };
}

function whole(width: number, height: number): Region {
  return { u0: 0, u1: width, v0: 0, v1: height };
}

function samplePicture(
  picture: Picture,
  affine: Affine,
  width: number,
  height: number,
  region: Region,
  out: Float32Array,
  offset: number,
  grey: boolean,
): void {
  const plane = width * height;
  if ("channels" in picture) {
    const { channels, width: w, height: h, data } = picture;
    samplePlane(data, 0, w, h, channels, affine, width, region, out, offset);
    if (channels === 1) {
      out.copyWithin(offset + plane, offset, offset + plane);
      out.copyWithin(offset + 2 * plane, offset, offset + plane);
    } else {
      samplePlane(data, 1, w, h, channels, affine, width, region, out, offset + plane);
      samplePlane(data, 2, w, h, channels, affine, width, region, out, offset + 2 * plane);
    }
    return;
  }
  if (!grey) {
    sampleRgb(picture, affine, width, region, out, offset, plane);
    return;
  }
  sampleLuma(picture, affine, width, region, out, offset);
  out.copyWithin(offset + plane, offset, offset + plane);
  out.copyWithin(offset + 2 * plane, offset, offset + plane);
}
