import { rgbScale } from "./colour.ts";
import type { Frame } from "./frame.ts";
import { allocateFrames } from "./frameMemory.ts";
import { kernelFor, type Levels, type SampleKernel } from "./sampleKernel.ts";
import { samplePlane, samplesPerPixel, type Affine, type Region } from "./samplePlane.ts";

/** Rows of bytes without gaps between them. */
export interface Plane {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const asTheyAre: Levels = { scale: 1, shift: 0 };
const floatBytes = Float32Array.BYTES_PER_ELEMENT;
/** What a loop may write behind the last float that it is asked for. */
const spill = 8;
/** The kernel's places are whole numbers of 16 bits and a fraction. */
const furthestPx = 32_000;

/** One plane, each output pixel the mean of its samples, as `levels` says; see {@link samplePlane}. */
function sampleBytes(
  plane: Plane,
  affine: Affine,
  width: number,
  region: Region,
  out: Float32Array,
  offset: number,
  levels: Levels,
  maxSamples = 4,
): void {
  const placed = place(plane, affine, region);
  if (placed === undefined) {
    samplePlane(plane.data, 0, plane.width, plane.height, 1, affine, width, region, out, offset, maxSamples);
    if (levels !== asTheyAre) stretchLevels(out, offset, width, region, levels);
    return;
  }
  const { floats } = placed.kernel;
  for (const band of bandsOf(region, width, floats.length - spill)) {
    sampleBand(placed, plane, affine, width, band, 0, levels, maxSamples);
    copyBand(floats, 0, width, band, out, offset);
  }
}

/** The luma of a frame, 0..255 in either range. */
export function sampleLuma(
  frame: Frame,
  affine: Affine,
  width: number,
  region: Region,
  out: Float32Array,
  offset: number,
): void {
  const { black, luma } = rgbScale(frame);
  sampleBytes(planesOf(frame)[0], affine, width, region, out, offset, { scale: luma, shift: -black * luma });
}

/** R, G and B of a frame, 0..255, each `size` floats further. Only the samples are converted. */
export function sampleRgb(
  frame: Frame,
  affine: Affine,
  width: number,
  region: Region,
  out: Float32Array,
  offset: number,
  size: number,
): void {
  const planes = planesOf(frame);
  const maps = [affine, halved(affine), halved(affine)];
  const kernel = place(planes[0], affine, region)?.kernel;
  if (kernel === undefined) {
    for (const [k, { data, width: w, height: h }] of planes.entries())
      samplePlane(data, 0, w, h, 1, maps[k]!, width, region, out, offset + k * size);
    yuvToRgb(frame, width, region, size, out, offset);
    return;
  }
  const { black, luma, redV, greenU, greenV, blueU } = rgbScale(frame);
  const room = Math.floor((kernel.floats.length - spill) / 3);
  for (const band of bandsOf(region, width, room)) {
    for (const [k, plane] of planes.entries())
      sampleBand(place(plane, maps[k]!, band)!, plane, maps[k]!, width, band, k * room, asTheyAre, 4);
    const count = (band.v1 - band.v0) * width;
    kernel.rgb(0, room * floatBytes, 2 * room * floatBytes, count, black, luma, redV, greenU, greenV, blueU);
    for (let k = 0; k < 3; k++) copyBand(kernel.floats, k * room, width, band, out, offset + k * size);
  }
}

/** One sample a pixel, as bytes, over a whole plane. */
export function samplePlaneBytes(from: Plane, affine: Affine, to: Plane): void {
  const { width, height } = to;
  const values = new Float32Array(width * height);
  sampleBytes(from, affine, width, { u0: 0, u1: width, v0: 0, v1: height }, values, 0, asTheyAre, 1);
  for (let i = 0; i < values.length; i++) to.data[i] = values[i]! + 0.5;
}

function planesOf({ data, width, height }: Frame): [Plane, Plane, Plane] {
  const half = { width: (width + 1) >> 1, height: (height + 1) >> 1 };
  const [luma, chroma] = [width * height, half.width * half.height];
  return [
    { data: data.subarray(0, luma), width, height },
    { data: data.subarray(luma, luma + chroma), ...half },
    { data: data.subarray(luma + chroma, luma + 2 * chroma), ...half },
  ];
}

/** The same map onto planes of half the size; a chroma sample is taken as lying between its four pixels. */
function halved({ ox, oy, ux, uy, vx, vy }: Affine): Affine {
  return { ox: ox / 2, oy: oy / 2, ux: ux / 2, uy: uy / 2, vx: vx / 2, vy: vy / 2 };
}

/** Where the kernel finds a plane: the byte of its first pixel. */
interface Placed {
  readonly kernel: SampleKernel;
  readonly src: number;
}

/** A plane where it lies, or the rows of it that are looked at, brought to where one can compute; undefined where there is no such place. */
function place(plane: Plane, affine: Affine, region: Region): Placed | undefined {
  const { from, to, furthest } = reachOf(affine, region, plane.height);
  if (Math.max(furthest, plane.width, plane.height) > furthestPx) return undefined;
  const kernel = kernelFor(plane.data);
  return kernel === undefined ? borrow(plane, from, to) : { kernel, src: plane.data.byteOffset };
}

let borrowed: Uint8Array = new Uint8Array(0);

/** Pictures that did not come from a decoder (a page's, a magnified face) lie anywhere. */
function borrow({ data, width }: Plane, from: number, to: number): Placed | undefined {
  const bytes = (to - from) * width;
  // The planes of a picture are sampled one after another in one memory; luma, the largest, comes first.
  if (borrowed.length < bytes) borrowed = allocateFrames(1, Math.max(2 * bytes, 1 << 20))[0]!;
  borrowed.set(data.subarray(from * width, to * width));
  const kernel = kernelFor(borrowed);
  return kernel && { kernel, src: borrowed.byteOffset - from * width };
}

/** Rows [from, to) of a plane that a region's samples may touch, and how far from the plane's origin they reach. */
function reachOf({ ox, oy, ux, uy, vx, vy }: Affine, { u0, u1, v0, v1 }: Region, height: number) {
  let [top, bottom, furthest] = [Infinity, -Infinity, 0];
  for (const u of [u0, u1]) {
    for (const v of [v0, v1]) {
      const y = oy + u * uy + v * vy;
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      furthest = Math.max(furthest, Math.abs(y), Math.abs(ox + u * ux + v * vx));
    }
  }
  const inside = (row: number): number => Math.min(height - 1, Math.max(0, Math.floor(row)));
  return { from: inside(top - 2), to: inside(bottom + 2) + 1, furthest };
}

/** A region in parts of so many floats. */
function* bandsOf(region: Region, width: number, room: number): Generator<Region> {
  const rows = Math.max(1, Math.floor(room / width));
  for (let v0 = region.v0; v0 < region.v1; v0 += rows)
    yield { ...region, v0, v1: Math.min(region.v1, v0 + rows) };
}

/** Samples a band to the kernel's float `at`, rows of `width`. */
function sampleBand(
  { kernel, src }: Placed,
  { width: w, height: h }: Plane,
  { ox, oy, ux, uy, vx, vy }: Affine,
  width: number,
  { u0, u1, v0, v1 }: Region,
  at: number,
  { scale, shift }: Levels,
  maxSamples: number,
): void {
  const nu = samplesPerPixel(Math.hypot(ux, uy), maxSamples);
  const nv = samplesPerPixel(Math.hypot(vx, vy), maxSamples);
  const [count, rows, weight] = [u1 - u0, v1 - v0, scale / (nu * nv)];
  const [out, line] = [floatBytes * (at + u0), floatBytes * width];
  const [left, top] = [ox + u0 * nu, oy + v0 * nv];
  const onPixels = uy === 0 && vx === 0 && ux === nu && vy === nv && nu === nv && nu <= 2;
  const inside = left >= 0 && top >= 0 && left + count * nu <= w && top + rows * nv <= h;
  if (onPixels && inside && Number.isInteger(ox) && Number.isInteger(oy)) {
    kernel.whole(src + top * w + left, w, nu, count, rows, weight, shift, out, line);
    return;
  }
  const [fu, fv] = [u0 + 0.5 / nu, v0 + 0.5 / nv];
  // Minus a half: a pixel's value lies at its centre.
  const x = 65536 * (ox + fu * ux + fv * vx - 0.5) + 0.5;
  const y = 65536 * (oy + fu * uy + fv * vy - 0.5) + 0.5;
  const [right, bottom] = [65536 * (w - 1), 65536 * (h - 1)];
  const step = [65536 * ux, 65536 * uy, 65536 * vx, 65536 * vy] as const;
  kernel.sample(src, w, right, bottom, x, y, ...step, nu, nv, count, rows, weight, shift, out, line);
}

function copyBand(
  floats: Float32Array,
  at: number,
  width: number,
  { u0, u1, v0, v1 }: Region,
  out: Float32Array,
  offset: number,
): void {
  if (u0 === 0 && u1 === width) {
    out.set(floats.subarray(at, at + (v1 - v0) * width), offset + v0 * width);
    return;
  }
  for (let v = v0; v < v1; v++) {
    const from = at + (v - v0) * width;
    out.set(floats.subarray(from + u0, from + u1), offset + v * width + u0);
  }
}

/** Where there is no kernel. */
function stretchLevels(
  out: Float32Array,
  offset: number,
  width: number,
  { u0, u1, v0, v1 }: Region,
  { scale, shift }: Levels,
): void {
  for (let v = v0; v < v1; v++)
    for (let i = offset + v * width + u0; i < offset + v * width + u1; i++)
      out[i] = Math.min(255, Math.max(0, out[i]! * scale + shift));
}

/** Where there is no kernel: turns planes of Y', Cb and Cr samples into R, G and B in place. */
function yuvToRgb(
  frame: Frame,
  width: number,
  { u0, u1, v0, v1 }: Region,
  size: number,
  out: Float32Array,
  offset: number,
): void {
  const { black, luma, redV, greenU, greenV, blueU } = rgbScale(frame);
  const within = (value: number): number => Math.min(255, Math.max(0, value));
  for (let v = v0; v < v1; v++) {
    for (let i = offset + v * width + u0; i < offset + v * width + u1; i++) {
      const y = (out[i]! - black) * luma;
      const cb = out[i + size]! - 128;
      const cr = out[i + 2 * size]! - 128;
      out[i] = within(y + redV * cr);
      out[i + size] = within(y - greenU * cb - greenV * cr);
      out[i + 2 * size] = within(y + blueU * cb);
    }
  }
}
