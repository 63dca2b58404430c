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
  for (let v = v0; v < v1; v++) {
    const line = offset + v * width;
    out.fill(0, line + u0, line + u1);
    for (let j = 0; j < nv; j++) {
      const fv = v + (j + 0.5) / nv;
      const fu = u0 + 0.5 / nu;
      // Minus a half: a pixel's value lies at its centre.
      const x = ox + fv * vx + fu * ux - 0.5;
      const y = oy + fv * vy + fu * uy - 0.5;
      const at = line + u0;
      // The pixels of this line whose samples all have four neighbours; few lie at the picture's edge.
      const across = stretch(x, stepX * nu, ux - stepX, w - 1, count);
      const down = stretch(y, stepY * nu, uy - stepY, h - 1, count);
      const a = Math.max(across.from, down.from);
      const b = Math.max(a, Math.min(across.to, down.to));
      sampleAnywhere(src, first, w, h, step, x, y, stepX, stepY, nu, weight, out, at, 0, a);
      sampleInside(src, first, w, step, x, y, stepX, stepY, nu, weight, out, at, a, b);
      sampleAnywhere(src, first, w, h, step, x, y, stepX, stepY, nu, weight, out, at, b, count);
    }
  }
}

/** Samples along one axis of an output pixel that covers `scale` source pixels. */
export function samplesPerPixel(scale: number, max: number): number {
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
 * first sample of pixel 0. The hot loop of pictures.
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
