import type { Texture } from "../../shared/avatar/head.ts";
import type { Screen } from "../../shared/avatar/posedPart.ts";
import { outline } from "../../shared/avatar/shading.ts";

/** What is drawn so far; square, in linear light. */
export interface Canvas {
  readonly size: number;
  /** RGB, interleaved. */
  readonly image: Float32Array;
  /** cm from the camera. */
  readonly depth: Float32Array;
  /** Which kind of part a pixel shows; 0: none. */
  readonly labels: Uint8Array;
}

/** An empty picture of `size` by `size` pixels, with its depths. */
export function createCanvas(size: number): Canvas {
  return {
    size,
    image: new Float32Array(3 * size * size),
    depth: new Float32Array(size * size),
    labels: new Uint8Array(size * size),
  };
}

/**
 * Draws triangles with a depth buffer: vertex colour times texture times `table` of the cosine to the light (its entries
 * stand for -1..1).
 * @param uv two a vertex, or empty without a texture
 */
export function fillTriangles(
  { points, lambert, shade }: Screen,
  triangles: Uint32Array,
  uv: Float32Array,
  texture: Texture | undefined,
  table: Float32Array,
  label: number,
  { size, image, depth, labels }: Canvas,
): void {
  const steps = table.length - 1;
  const tw = texture?.width ?? 1;
  const th = texture?.height ?? 1;
  const colours = texture?.linear ?? white;
  const textured = texture !== undefined;
  const holes = texture?.holes;
  for (let t = 0; t < triangles.length; t += 3) {
    const a = triangles[t]!;
    const b = triangles[t + 1]!;
    const c = triangles[t + 2]!;
    const ax = points[3 * a]!;
    const ay = points[3 * a + 1]!;
    const abx = points[3 * b]! - ax;
    const aby = points[3 * b + 1]! - ay;
    const acx = points[3 * c]! - ax;
    const acy = points[3 * c + 1]! - ay;
    const area = abx * acy - aby * acx;
    if (Math.abs(area) < 1e-9) continue;
    const x0 = Math.max(0, Math.ceil(ax + Math.min(0, abx, acx) - 0.5));
    const x1 = Math.min(size - 1, Math.floor(ax + Math.max(0, abx, acx) - 0.5));
    const y0 = Math.max(0, Math.ceil(ay + Math.min(0, aby, acy) - 0.5));
    const y1 = Math.min(size - 1, Math.floor(ay + Math.max(0, aby, acy) - 0.5));
    if (x0 > x1 || y0 > y1) continue;
    const inverse = 1 / area;
    const w1x = acy * inverse;
    const w2x = -aby * inverse;
    const za = points[3 * a + 2]!;
    const zb = points[3 * b + 2]! - za;
    const zc = points[3 * c + 2]! - za;
    const la = lambert[a]!;
    const lb = lambert[b]! - la;
    const lc = lambert[c]! - la;
    const ra = shade[3 * a]!;
    const rb = shade[3 * b]! - ra;
    const rc = shade[3 * c]! - ra;
    const ga = shade[3 * a + 1]!;
    const gb = shade[3 * b + 1]! - ga;
    const gc = shade[3 * c + 1]! - ga;
    const ba = shade[3 * a + 2]!;
    const bb = shade[3 * b + 2]! - ba;
    const bc = shade[3 * c + 2]! - ba;
    const ua = textured ? uv[2 * a]! : 0;
    const ub = textured ? uv[2 * b]! - ua : 0;
    const uc = textured ? uv[2 * c]! - ua : 0;
    const va = textured ? uv[2 * a + 1]! : 0;
    const vb = textured ? uv[2 * b + 1]! - va : 0;
    const vc = textured ? uv[2 * c + 1]! - va : 0;
    for (let y = y0; y <= y1; y++) {
      const py = y + 0.5 - ay;
      const w1y = -py * acx * inverse;
      const w2y = py * abx * inverse;
      for (let x = x0; x <= x1; x++) {
        const px = x + 0.5 - ax;
        const w1 = px * w1x + w1y;
        const w2 = px * w2x + w2y;
        if (w1 < -1e-5 || w2 < -1e-5 || w1 + w2 > 1.00001) continue;
        const at = y * size + x;
        const z = za + w1 * zb + w2 * zc;
        if (z >= depth[at]!) continue;
        let o = 0;
        if (textured) {
          let tx = ((ua + w1 * ub + w2 * uc) * tw) | 0;
          let ty = ((va + w1 * vb + w2 * vc) * th) | 0;
          tx = tx < 0 ? 0 : tx >= tw ? tw - 1 : tx;
          ty = ty < 0 ? 0 : ty >= th ? th - 1 : ty;
          o = ty * tw + tx;
          if (holes?.[o] === 1) continue;
          o *= 3;
        }
        depth[at] = z;
        labels[at] = label;
        let light = 0.5 * (la + w1 * lb + w2 * lc) + 0.5;
        light = light < 0 ? 0 : light > 1 ? 1 : light;
        const k = table[(light * steps) | 0]!;
        image[3 * at] = (ra + w1 * rb + w2 * rc) * colours[o]! * k;
        image[3 * at + 1] = (ga + w1 * gb + w2 * gc) * colours[o + 1]! * k;
        image[3 * at + 2] = (ba + w1 * bb + w2 * bc) * colours[o + 2]! * k;
      }
    }
  }
}

const white = new Float32Array([1, 1, 1]);

/** Darkens where parts meet or the depth breaks: the pixel and its right and lower neighbour. @param inside a label without lines within */
export function drawOutlines({ size, image, depth, labels }: Canvas, inside: number, edge: Uint8Array): void {
  edge.fill(0);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = y * size + x;
      const a = labels[at]!;
      for (let k = 0; k < 2; k++) {
        if (k === 0 ? x + 1 >= size : y + 1 >= size) continue;
        const next = k === 0 ? at + 1 : at + size;
        const b = labels[next]!;
        if (a === inside && b === inside) continue;
        if (a !== b || (a !== 0 && Math.abs(depth[at]! - depth[next]!) > outline.depthCm)) {
          edge[at] = 1;
          edge[next] = 1;
        }
      }
    }
  }
  for (let at = 0; at < edge.length; at++) {
    if (edge[at] === 0) continue;
    image[3 * at]! *= 1 - outline.dark;
    image[3 * at + 1]! *= 1 - outline.dark;
    image[3 * at + 2]! *= 1 - outline.dark;
  }
}
