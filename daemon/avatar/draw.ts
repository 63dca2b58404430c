import type { Animator } from "./animator.ts";
import type { AvatarHead, AvatarState, PartKind } from "../../shared/avatar/head.ts";
import { PosedPart } from "../../shared/avatar/posedPart.ts";
import {
  backgroundLight,
  defaultBackground,
  gammaPower,
  outline,
  partLabels,
  toon,
  toonShine,
  type Background,
} from "../../shared/avatar/shading.ts";
import { createCanvas, drawOutlines, fillTriangles, type Canvas } from "./raster.ts";

export type AvatarStyle = "toon" | "plain";

const tableSteps = 1024;

/** The rig engine: a head is drawn in each state. @param size width and height of the pictures, pixels */
export function animateHead(head: AvatarHead, size: number): Animator {
  const renderer = new AvatarRenderer(head, size);
  return { name: head.name, engine: "rig", size, draw: (state) => Promise.resolve(renderer.draw(state)) };
}

/**
 * Draws one head, again and again, into the same picture. Each picture is drawn twice as large and averaged. The steps are
 * those of models/recipes/avatar_draw.py, to which golden pictures hold it (test/golden/avatar.test.ts).
 */
export class AvatarRenderer {
  readonly head: AvatarHead;
  readonly size: number;
  readonly #style: AvatarStyle;
  readonly #background: Background;
  readonly #canvas: Canvas;
  readonly #edge: Uint8Array;
  readonly #parts: readonly PosedPart[];
  readonly #out: Uint8Array;

  /** @param size width and height of the pictures, pixels */
  constructor(
    head: AvatarHead,
    size: number,
    style: AvatarStyle = "toon",
    background: Background = defaultBackground,
  ) {
    this.head = head;
    this.size = size;
    this.#style = style;
    this.#background = background;
    this.#canvas = createCanvas(2 * size);
    this.#edge = new Uint8Array(4 * size * size);
    this.#parts = head.parts.map((part) => new PosedPart(part));
    this.#out = new Uint8Array(3 * size * size);
  }

  /** sRGB, interleaved, `size` x `size`; good until the next call. */
  draw(state: AvatarState): Uint8Array {
    this.#clear();
    for (const part of this.#parts) this.#drawPart(part, state);
    if (this.#style === "toon") drawOutlines(this.#canvas, outline.without, this.#edge);
    return this.#develop();
  }

  /** How much of each pixel of the last picture is head, 0..255. A new array. */
  alpha(): Uint8Array {
    const { size, labels: seen } = this.#canvas;
    const out = new Uint8Array(this.size * this.size);
    for (let y = 0, o = 0; y < this.size; y++)
      for (let x = 0; x < this.size; x++, o++) {
        const at = 2 * y * size + 2 * x;
        const there = [at, at + 1, at + size, at + size + 1].filter((k) => seen[k] !== 0).length;
        out[o] = Math.round((255 * there) / 4);
      }
    return out;
  }

  #clear(): void {
    const { size, image, depth, labels: seen } = this.#canvas;
    const [r, g, b] = this.#background;
    depth.fill(1e6);
    seen.fill(0);
    for (let y = 0, o = 0; y < size; y++) {
      const k = backgroundLight.top + ((backgroundLight.bottom - backgroundLight.top) * y) / (size - 1);
      for (let x = 0; x < size; x++, o += 3) {
        image[o] = r * k;
        image[o + 1] = g * k;
        image[o + 2] = b * k;
      }
    }
  }

  #drawPart(posed: PosedPart, state: AvatarState): void {
    const { part } = posed;
    posed.pose(state, this.head, this.size);
    const table = tables[this.#style][part.kind];
    fillTriangles(
      posed,
      part.triangles,
      part.uv ?? none,
      part.texture,
      table,
      partLabels[part.kind],
      this.#canvas,
    );
  }

  #develop(): Uint8Array {
    const { size, image } = this.#canvas;
    const out = this.#out;
    const row = 3 * size;
    for (let y = 0, o = 0; y < this.size; y++) {
      for (let x = 0; x < this.size; x++) {
        const at = 2 * y * row + 6 * x;
        for (let ch = 0; ch < 3; ch++, o++) {
          const k = at + ch;
          const mean = 0.25 * (image[k]! + image[k + 3]! + image[k + row]! + image[k + row + 3]!);
          out[o] = gamma[mean <= 0 ? 0 : mean >= 1 ? gammaSteps : (mean * gammaSteps + 0.5) | 0]!;
        }
      }
    }
    return out;
  }
}

const table = (of: (cosine: number) => number): Float32Array =>
  Float32Array.from({ length: tableSteps }, (_, k) => of((2 * k) / (tableSteps - 1) - 1));
const step = (x: number, { edge, soft }: { edge: number; soft: number }): number =>
  1 / (1 + Math.exp(-(x - edge) / soft));
const toonTable = (shine: number | undefined): Float32Array =>
  table((x) =>
    shine === undefined
      ? 1
      : toon.shadow + (1 - toon.shadow) * step(x, toon.light) + shine * step(x, toon.shine),
  );
const plainTable = table((x) => 0.45 + 0.55 * Math.max(0, x));
const flat = toonTable(undefined);
const kinds = Object.keys(partLabels) as PartKind[];
const tablesOf = (of: (kind: PartKind) => Float32Array): Readonly<Record<PartKind, Float32Array>> =>
  Object.fromEntries(kinds.map((kind) => [kind, of(kind)])) as Record<PartKind, Float32Array>;
const tables = {
  toon: tablesOf((kind) => toonTable(toonShine[kind])),
  plain: tablesOf((kind) => (toonShine[kind] === undefined ? flat : plainTable)),
};

const gammaSteps = 4095;
const gamma = Uint8Array.from({ length: gammaSteps + 1 }, (_, k) =>
  Math.round(255 * (k / gammaSteps) ** (1 / gammaPower)),
);
const none = new Float32Array(0);
