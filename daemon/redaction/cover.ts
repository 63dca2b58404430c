import { yuvScale } from "../media/colour.ts";
import type { Frame } from "../media/frame.ts";
import { samplePlaneBytes } from "../media/sampleFrame.ts";
import type { Cover } from "./coverage.ts";

export type CoverMode = "blur" | "pixelate" | "remove";

/** A drawn head is this much as wide as its cover is high by half: somewhat larger than the head that it hides. */
const headPerCover = 1.95;

/**
 * Cells across a covered head. With 8 the check found the covered face of a photograph too like the face itself in most
 * frames, with 5 in a few, with 4 in none.
 */
const cells = 4;

interface Plane {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Of a source pixel. */
  readonly scale: number;
}

/** The three planes of a frame, to write into. */
function planesOf({ width, height, data }: Pick<Frame, "width" | "height" | "data">): readonly Plane[] {
  const w = Math.ceil(width / 2);
  const h = Math.ceil(height / 2);
  const y = width * height;
  return [
    { data: data.subarray(0, y), width, height, scale: 1 },
    { data: data.subarray(y, y + w * h), width: w, height: h, scale: 0.5 },
    { data: data.subarray(y + w * h, y + 2 * w * h), width: w, height: h, scale: 0.5 },
  ];
}

/**
 * Covers a region of a frame in place. `pixelate` and `blur` keep the means of {@link cells} x {@link cells} cells, as squares
 * or with soft passages; `remove` keeps one mean colour of the whole.
 */
export function coverRegion(
  frame: Pick<Frame, "width" | "height" | "data">,
  cover: Cover,
  mode: CoverMode,
): void {
  for (const plane of planesOf(frame)) coverPlane(plane, cover, mode);
}

function coverPlane({ data, width, height, scale }: Plane, cover: Cover, mode: CoverMode): void {
  const [cx, cy, rx, ry] = [cover.cx, cover.cy, cover.rx, cover.ry].map((v) => v * scale) as [
    number,
    number,
    number,
    number,
  ];
  const left = Math.max(0, Math.floor(cx - rx));
  const right = Math.min(width, Math.ceil(cx + rx));
  const top = Math.max(0, Math.floor(cy - ry));
  const bottom = Math.min(height, Math.ceil(cy + ry));
  if (left >= right || top >= bottom) return;
  const n = mode === "remove" ? 1 : cells;
  const [w, h] = [right - left, bottom - top];
  const means = { data: cellMeans(data, width, { left, right, top, bottom }, n), width: n, height: n };
  const covered = { data: new Uint8Array(w * h), width: w, height: h };
  // Between the cells' middles for a blur; a pixel of the others is its cell.
  if (mode === "blur") samplePlaneBytes(means, { ox: 0, oy: 0, ux: n / w, uy: 0, vx: 0, vy: n / h }, covered);
  for (let y = 0; y < h; y++) {
    const dy = (top + y + 0.5 - cy) / ry;
    const row = Math.floor(((y + 0.5) / h) * n) * n;
    for (let x = 0; x < w; x++) {
      const dx = (left + x + 0.5 - cx) / rx;
      if (dx * dx + dy * dy > 1) continue;
      data[(top + y) * width + left + x] =
        mode === "blur" ? covered.data[y * w + x]! : means.data[row + Math.floor(((x + 0.5) / w) * n)]!;
    }
  }
}

interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function cellMeans(data: Uint8Array, width: number, { left, right, top, bottom }: Bounds, n: number) {
  const sums = new Float64Array(n * n);
  const counts = new Uint32Array(n * n);
  for (let y = top; y < bottom; y++) {
    const row = Math.floor(((y + 0.5 - top) / (bottom - top)) * n) * n;
    for (let x = left; x < right; x++) {
      const cell = row + Math.floor(((x + 0.5 - left) / (right - left)) * n);
      sums[cell]! += data[y * width + x]!;
      counts[cell]!++;
    }
  }
  return Uint8Array.from(sums, (sum, k) => (counts[k]! > 0 ? Math.round(sum / counts[k]!) : 128));
}

/** A drawn head to put over a cover: interleaved sRGB, and how much of each pixel is head (0..255). */
export interface DrawnHead {
  readonly size: number;
  readonly rgb: Uint8Array;
  readonly alpha: Uint8Array;
}

/** Puts a drawn head over a region in place. */
export function paintHead(frame: Frame, cover: Cover, head: DrawnHead): void {
  const { kr, kb, offset, scaleY, toU, toV } = yuvScale(frame);
  const side = headPerCover * cover.ry;
  for (const [index, { data, width, height, scale }] of planesOf(frame).entries()) {
    const left = (cover.cx - side / 2) * scale;
    const top = (cover.cy - side / 2) * scale;
    const reach = side * scale;
    for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, Math.ceil(top + reach)); y++) {
      for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, Math.ceil(left + reach)); x++) {
        const u = Math.floor(((x + 0.5 - left) / reach) * head.size);
        const v = Math.floor(((y + 0.5 - top) / reach) * head.size);
        if (u < 0 || v < 0 || u >= head.size || v >= head.size) continue;
        const at = v * head.size + u;
        const a = head.alpha[at]! / 255;
        if (a === 0) continue;
        const [r, g, b] = [head.rgb[3 * at]!, head.rgb[3 * at + 1]!, head.rgb[3 * at + 2]!];
        const luma = kr * r + (1 - kr - kb) * g + kb * b;
        const value =
          index === 0 ? offset + scaleY * luma : 128 + (index === 1 ? toU * (b - luma) : toV * (r - luma));
        const k = y * width + x;
        data[k] = Math.round(a * value + (1 - a) * data[k]!);
      }
    }
  }
}
