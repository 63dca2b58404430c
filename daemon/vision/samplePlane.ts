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
 * One plane of the output: each pixel is the mean of `nu * nv` bilinear samples spread evenly over its footprint.
 * `first` is the plane's first element in `src`, `step` the distance between neighbours of a row.
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
): void {
  const { u0, u1, v0, v1 } = region;
  const { ox, oy, ux, uy, vx, vy } = affine;
  const { nu, nv, stepX, stepY, inside } = gridOf(affine, region, w, h);
  const sampleRow = inside ? sampleRowInside : sampleRowAnywhere;
  out.fill(0, offset + v0 * width, offset + v1 * width);
  for (let v = v0; v < v1; v++) {
    for (let j = 0; j < nv; j++) {
      const fv = v + (j + 0.5) / nv;
      const fu = u0 + 0.5 / nu;
      // Minus a half: a pixel's value lies at its centre.
      const x = ox + fv * vx + fu * ux - 0.5;
      const y = oy + fv * vy + fu * uy - 0.5;
      const row = offset + v * width;
      sampleRow(src, first, w, h, step, x, y, stepX, stepY, nu, 1 / (nu * nv), out, row + u0, row + u1);
    }
  }
}

/** Samples along one axis of an output pixel that covers `scale` source pixels. */
function samplesPerPixel(scale: number): number {
  return Math.min(4, Math.max(1, Math.floor(scale + 0.5)));
}

/** How the samples of one plane of the output lie in the source; see {@link samplePlane}. */
interface Grid {
  readonly nu: number;
  readonly nv: number;
  /** From one sample of a row to the next. */
  readonly stepX: number;
  readonly stepY: number;
  /** Whether no sample and none of its neighbours lies outside of the picture. */
  readonly inside: boolean;
}

function gridOf({ ox, oy, ux, uy, vx, vy }: Affine, { u0, u1, v0, v1 }: Region, w: number, h: number): Grid {
  const nu = samplesPerPixel(Math.hypot(ux, uy));
  const nv = samplesPerPixel(Math.hypot(vx, vy));
  let inside = true;
  for (const u of [u0 + 0.5 / nu, u1 - 0.5 / nu]) {
    for (const v of [v0 + 0.5 / nv, v1 - 0.5 / nv]) {
      const x = ox + u * ux + v * vx - 0.5;
      const y = oy + u * uy + v * vy - 0.5;
      // A hair's breadth for rounding.
      inside &&= x > 1e-6 && y > 1e-6 && x < w - 1 - 1e-6 && y < h - 1 - 1e-6;
    }
  }
  return { nu, nv, stepX: ux / nu, stepY: uy / nu, inside };
}

/** Adds one line of samples to `out[start..end)`, `nu` to a pixel. The hot loop of the visual path. */
function sampleRowInside(
  src: Uint8Array,
  first: number,
  w: number,
  _h: number,
  step: number,
  x: number,
  y: number,
  stepX: number,
  stepY: number,
  nu: number,
  weight: number,
  out: Float32Array,
  start: number,
  end: number,
): void {
  const stride = w * step;
  for (let at = start; at < end; at++) {
    let sum = 0;
    for (let i = 0; i < nu; i++) {
      const x0 = x | 0;
      const y0 = y | 0;
      const fx = x - x0;
      const a = (first + y0 * stride + x0 * step) | 0;
      const b = (a + stride) | 0;
      const top = src[a]!;
      const low = src[b]!;
      const upper = top + (src[a + step]! - top) * fx;
      const lower = low + (src[b + step]! - low) * fx;
      sum += upper + (lower - upper) * (y - y0);
      x += stepX;
      y += stepY;
    }
    out[at]! += sum * weight;
  }
}

/** The same where samples may lie outside of the picture, whose edge is then repeated. */
function sampleRowAnywhere(
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
  start: number,
  end: number,
): void {
  const stride = w * step;
  for (let at = start; at < end; at++) {
    let sum = 0;
    for (let i = 0; i < nu; i++) {
      const cx = Math.min(Math.max(x, 0), w - 1);
      const cy = Math.min(Math.max(y, 0), h - 1);
      const x0 = cx | 0;
      const y0 = cy | 0;
      const fx = cx - x0;
      const a = first + y0 * stride + x0 * step;
      const b = y0 < h - 1 ? a + stride : a;
      const right = x0 < w - 1 ? step : 0;
      const upper = src[a]! + (src[a + right]! - src[a]!) * fx;
      const lower = src[b]! + (src[b + right]! - src[b]!) * fx;
      sum += upper + (lower - upper) * (cy - y0);
      x += stepX;
      y += stepY;
    }
    out[at]! += sum * weight;
  }
}
