import { kernelFor } from "./sampleKernel.ts";

/** Affine map from continuous output pixels to continuous source pixels: `o + u * (ux, uy) + v * (vx, vy)`. */
export interface Affine {
  readonly ox: number;
  readonly oy: number;
  readonly ux: number;
  readonly uy: number;
  readonly vx: number;
  readonly vy: number;
}

/** The part of the output that is written, in output pixels: columns [u0, u1), rows [v0, v1). */
export interface Region {
  readonly u0: number;
  readonly u1: number;
  readonly v0: number;
  readonly v1: number;
}

/**
 * One plane of the output: each pixel is the mean of `nu * nv` bilinear samples spread evenly over its footprint, at most
 * `maxSamples` on an axis. `first` is the plane's first element in `src`, `step` the distance between neighbours of a row.
 */
export function samplePlane(
  src: Uint8Array,
  first: number,
  w: number,
  h: number,
  step: number,
  affine: Affine,
  width: number,
  region: Region,
  out: Float32Array,
  offset: number,
  maxSamples = 4,
): void {
  const { u0, u1, v0, v1 } = region;
  const { ox, oy, ux, uy, vx, vy } = affine;
  const nu = samplesPerPixel(Math.hypot(ux, uy), maxSamples);
  const nv = samplesPerPixel(Math.hypot(vx, vy), maxSamples);
  const stepX = ux / nu;
  const stepY = uy / nu;
  const weight = 1 / (nu * nv);
  const count = u1 - u0;
  if (onPixels(affine, nu, nv)) {
    const x = ox + u0 * nu;
    const y = oy + v0 * nv;
    if (x >= 0 && y >= 0 && x + count * nu <= w && y + (v1 - v0) * nv <= h) {
      const from = first + (y * w + x) * step;
      addPixels(src, from, w * step, step, nu, nv, weight, out, offset, width, region);
      return;
    }
  }
  const kernel = step === 1 ? kernelFor(src) : undefined;
  const fits = kernel !== undefined && v1 * width <= kernel.sums.length;
  const sums = fits ? kernel.sums : out;
  const base = fits ? 0 : offset;
  sums.fill(0, base + v0 * width, base + v1 * width);
  for (let v = v0; v < v1; v++) {
    for (let j = 0; j < nv; j++) {
      const fv = v + (j + 0.5) / nv;
      const fu = u0 + 0.5 / nu;
      // Minus a half: a pixel's value lies at its centre.
      const x = ox + fv * vx + fu * ux - 0.5;
      const y = oy + fv * vy + fu * uy - 0.5;
      const at = base + v * width + u0;
      // The pixels of this line whose samples all have four neighbours; few lie at the picture's edge.
      const across = stretch(x, stepX * nu, ux - stepX, w - 1, count);
      const down = stretch(y, stepY * nu, uy - stepY, h - 1, count);
      const a = Math.max(across.from, down.from);
      const b = Math.max(a, Math.min(across.to, down.to));
      let c = a;
      if (fits && b - a >= 4) {
        c = a + ((b - a) & ~3);
        const [left, top] = [x + a * ux, y + a * uy];
        const place = Float32Array.BYTES_PER_ELEMENT * (at + a);
        kernel.line(src.byteOffset + first, w, left, top, ux, uy, stepX, stepY, nu, c - a, place);
      }
      sampleAnywhere(src, first, w, h, step, x, y, stepX, stepY, nu, 1, sums, at, 0, a);
      sampleInside(src, first, w, step, x, y, stepX, stepY, nu, 1, sums, at, c, b);
      sampleAnywhere(src, first, w, h, step, x, y, stepX, stepY, nu, 1, sums, at, b, count);
    }
    const end = base + v * width + u1;
    const shift = offset - base;
    for (let k = base + v * width + u0; k < end; k++) out[k + shift] = sums[k]! * weight;
  }
}

/** The same with one sample a pixel, as bytes, over a whole plane of `width` by `height` pixels. */
export function samplePlaneBytes(
  from: { readonly data: Uint8Array; readonly width: number; readonly height: number },
  affine: Affine,
  to: { readonly data: Uint8Array; readonly width: number; readonly height: number },
): void {
  const { width, height } = to;
  const values = new Float32Array(width * height);
  const whole = { u0: 0, u1: width, v0: 0, v1: height };
  samplePlane(from.data, 0, from.width, from.height, 1, affine, width, whole, values, 0, 1);
  for (let i = 0; i < values.length; i++) to.data[i] = values[i]! + 0.5;
}

/** Whether each output pixel covers `nu * nv` whole source pixels: the samples are those pixels then, nothing lies between. */
function onPixels({ ox, oy, ux, uy, vx, vy }: Affine, nu: number, nv: number): boolean {
  return uy === 0 && vx === 0 && ux === nu && vy === nv && Number.isInteger(ox) && Number.isInteger(oy);
}

/** Each output pixel as the mean of its whole source pixels; a 720p picture for the detector is such a case. */
function addPixels(
  src: Uint8Array,
  from: number,
  stride: number,
  step: number,
  nu: number,
  nv: number,
  weight: number,
  out: Float32Array,
  offset: number,
  width: number,
  { u0, u1, v0, v1 }: Region,
): void {
  const across = step * nu;
  out.fill(0, offset + v0 * width, offset + v1 * width);
  for (let v = v0; v < v1; v++) {
    for (let j = 0; j < nv; j++) {
      let a = from + ((v - v0) * nv + j) * stride;
      const end = offset + v * width + u1;
      for (let k = offset + v * width + u0; k < end; k++, a += across) {
        let sum = 0;
        for (let i = 0; i < across; i += step) sum += src[a + i]!;
        out[k]! += sum * weight;
      }
    }
  }
}

/** Samples along one axis of an output pixel that covers `scale` source pixels. */
function samplesPerPixel(scale: number, max: number): number {
  return Math.min(max, Math.max(1, Math.floor(scale + 0.5)));
}

/**
 * Which of `count` pixels keep inside of [0, last) on one axis: those from `from` up to `to`. The first sample of pixel k
 * is at `start + k * pixel`, its last one `reach` further.
 */
function stretch(start: number, pixel: number, reach: number, last: number, count: number) {
  // A hair's breadth for rounding.
  const low = 1e-6 - Math.min(0, reach) - start;
  const high = last - 1e-6 - Math.max(0, reach) - start;
  if (pixel === 0) return low < 0 && high > 0 ? { from: 0, to: count } : { from: 0, to: 0 };
  const [a, b] = pixel > 0 ? [low / pixel, high / pixel] : [high / pixel, low / pixel];
  const from = Math.min(count, Math.max(0, Math.ceil(a)));
  return { from, to: Math.max(from, Math.min(count, Math.floor(b) + 1)) };
}

/**
 * Adds one line of samples to the pixels [from, to) of a line that begins at `out[at]`, `nu` to a pixel; (x, y) is the
 * first sample of pixel 0. The hot loop of the visual path.
 */
function sampleInside(
  src: Uint8Array,
  first: number,
  w: number,
  step: number,
  x: number,
  y: number,
  stepX: number,
  stepY: number,
  nu: number,
  weight: number,
  out: Float32Array,
  at: number,
  from: number,
  to: number,
): void {
  const stride = w * step;
  let px = x + from * nu * stepX;
  let py = y + from * nu * stepY;
  for (let k = at + from; k < at + to; k++) {
    let sum = 0;
    for (let i = 0; i < nu; i++) {
      const x0 = px | 0;
      const y0 = py | 0;
      const fx = px - x0;
      const a = (first + y0 * stride + x0 * step) | 0;
      const b = (a + stride) | 0;
      const top = src[a]!;
      const low = src[b]!;
      const upper = top + (src[a + step]! - top) * fx;
      const lower = low + (src[b + step]! - low) * fx;
      sum += upper + (lower - upper) * (py - y0);
      px += stepX;
      py += stepY;
    }
    out[k]! += sum * weight;
  }
}

/** The same where samples may lie outside of the picture, whose edge is then repeated. */
function sampleAnywhere(
  src: Uint8Array,
  first: number,
  w: number,
  h: number,
  step: number,
  x: number,
  y: number,
  stepX: number,
  stepY: number,
  nu: number,
  weight: number,
  out: Float32Array,
  at: number,
  from: number,
  to: number,
): void {
  const stride = w * step;
  let px = x + from * nu * stepX;
  let py = y + from * nu * stepY;
  for (let k = at + from; k < at + to; k++) {
    let sum = 0;
    for (let i = 0; i < nu; i++) {
      const cx = Math.min(Math.max(px, 0), w - 1);
      const cy = Math.min(Math.max(py, 0), h - 1);
      const x0 = cx | 0;
      const y0 = cy | 0;
      const fx = cx - x0;
      const a = first + y0 * stride + x0 * step;
      const b = y0 < h - 1 ? a + stride : a;
      const right = x0 < w - 1 ? step : 0;
      const upper = src[a]! + (src[a + right]! - src[a]!) * fx;
      const lower = src[b]! + (src[b + right]! - src[b]!) * fx;
      sum += upper + (lower - upper) * (cy - y0);
      px += stepX;
      py += stepY;
    }
    out[k]! += sum * weight;
  }
}
