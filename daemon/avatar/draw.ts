import { blendShapeIndex, type BlendShape } from "../../shared/avatar/blendShapes.ts";
import type { Animator } from "./animator.ts";
import { lift, zoom } from "./framing.ts";
import type { AvatarHead, AvatarState, Part, PartKind } from "./head.ts";
import { createCanvas, drawOutlines, fillTriangles, vertexNormals, type Canvas } from "./raster.ts";

export type AvatarStyle = "toon" | "plain";

/** Linear RGB behind the head. */
export type Background = readonly [number, number, number];

/** cm from the camera to the point about which the head turns, and how far that lies behind the face's plane. */
const distanceCm = 70;
const behindCm = 6;
/** Unit vector towards the light: camera frame, x right, y down, z away. */
const light = unit(0.38, -0.55, -0.74);
const tableSteps = 1024;
const labels: Readonly<Record<PartKind, number>> = {
  skin: 1,
  hair: 2,
  mouth: 3,
  teeth: 3,
  eye: 4,
  frame: 5,
};
const defaultBackground: Background = [0.55, 0.68, 0.75];

/** Gap that lids keep to the eyeball, cm. */
const lidGapCm = 0.05;

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
  readonly #scratch: readonly Scratch[];
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
    this.#scratch = head.parts.map((part) => new Scratch(part));
    this.#out = new Uint8Array(3 * size * size);
  }

  /** sRGB, interleaved, `size` x `size`; good until the next call. */
  draw(state: AvatarState): Uint8Array {
    this.#clear();
    for (const scratch of this.#scratch) this.#drawPart(scratch, state);
    if (this.#style === "toon") drawOutlines(this.#canvas, labels.mouth, this.#edge);
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
      const k = 1.05 - (0.25 * y) / (size - 1);
      for (let x = 0; x < size; x++, o += 3) {
        image[o] = r * k;
        image[o + 1] = g * k;
        image[o + 2] = b * k;
      }
    }
  }

  #drawPart(scratch: Scratch, state: AvatarState): void {
    const { part } = scratch;
    scratch.pose(state, this.head);
    scratch.project(state, this.head, this.size);
    const table = tables[this.#style][part.kind];
    fillTriangles(
      scratch,
      part.triangles,
      part.uv ?? none,
      part.texture,
      table,
      labels[part.kind],
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

/** Working arrays of one part; see {@link Screen} of raster.ts for three of them. */
class Scratch {
  readonly part: Part;
  readonly points: Float32Array;
  readonly lambert: Float32Array;
  readonly shade: Float32Array;
  readonly #moved: Float32Array;
  readonly #normals: Float32Array;
  readonly #eyeReach: number;

  constructor(part: Part) {
    this.part = part;
    const n = part.positions.length;
    this.points = new Float32Array(n);
    this.#moved = new Float32Array(n);
    this.#normals = new Float32Array(n);
    this.shade = new Float32Array(n);
    this.lambert = new Float32Array(n / 3);
    this.#eyeReach = part.eye ? reach(part.positions, part.eye.pivot) : 1;
  }

  /** Shapes, wrinkles, lids and gaze: vertices and colours in the model frame. */
  pose(state: AvatarState, head: AvatarHead): void {
    const { part } = this;
    const moved = this.#moved;
    moved.set(part.positions);
    for (const [name, { index, delta }] of part.shapes) {
      const w = weightOf(state, name);
      if (w === 0) continue;
      for (let k = 0; k < index.length; k++) {
        const v = 3 * index[k]!;
        moved[v] = moved[v]! + w * delta[3 * k]!;
        moved[v + 1] = moved[v + 1]! + w * delta[3 * k + 1]!;
        moved[v + 2] = moved[v + 2]! + w * delta[3 * k + 2]!;
      }
    }
    this.#colour(state);
    if (part.kind === "skin") keepOutside(moved, head);
    if (part.eye) this.#turnEye(part.eye, state);
    if (part.kind === "mouth" || part.kind === "teeth") this.#darken(head.face.centre[2] - 1.2);
  }

  #colour(state: AvatarState): void {
    const { part, shade } = this;
    shade.fill(1);
    for (const [name, { index, delta }] of part.tints) {
      const w = weightOf(state, name);
      if (w === 0) continue;
      for (let k = 0; k < index.length; k++) {
        const v = 3 * index[k]!;
        for (let ch = 0; ch < 3; ch++) shade[v + ch] = shade[v + ch]! + w * delta[3 * k + ch]!;
      }
    }
    const [r, g, b] = part.colour;
    for (let v = 0; v < shade.length; v += 3) {
      shade[v] = Math.max(0.15, shade[v]!) * r;
      shade[v + 1] = Math.max(0.15, shade[v + 1]!) * g;
      shade[v + 2] = Math.max(0.15, shade[v + 2]!) * b;
    }
  }

  #turnEye({ pivot }: NonNullable<Part["eye"]>, { gaze }: AvatarState): void {
    const cp = Math.cos(gaze.pitch);
    const sp = Math.sin(gaze.pitch);
    const cy = Math.cos(gaze.yaw);
    const sy = Math.sin(gaze.yaw);
    const moved = this.#moved;
    for (let v = 0; v < moved.length; v += 3) {
      const x = moved[v]! - pivot[0];
      const y0 = moved[v + 1]! - pivot[1];
      const z0 = moved[v + 2]! - pivot[2];
      const y = cp * y0 + sp * z0;
      const z = cp * z0 - sp * y0;
      moved[v] = cy * x + sy * z + pivot[0];
      moved[v + 1] = y + pivot[1];
      moved[v + 2] = cy * z - sy * x + pivot[2];
      if (this.part.kind !== "eye") continue;
      // The upper lid's shadow.
      const k = 1 - 0.3 * Math.min(1, Math.max(0, y / this.#eyeReach - 0.2));
      for (let ch = 0; ch < 3; ch++) this.shade[v + ch] = this.shade[v + ch]! * k;
    }
  }

  /** What lies behind the lips is dark. */
  #darken(lipsZ: number): void {
    for (let v = 0; v < this.shade.length; v += 3) {
      const k = Math.exp(-0.35 * Math.max(0, lipsZ - this.#moved[v + 2]!));
      for (let ch = 0; ch < 3; ch++) this.shade[v + ch] = this.shade[v + ch]! * k;
    }
  }

  /** Model frame -> pixels of the doubled picture, and the cosine to the light. */
  project({ pose }: AvatarState, { face }: AvatarHead, size: number): void {
    const focal = (2 * size * (distanceCm - behindCm)) / (zoom * face.side);
    const middleY = size * (1 + (2 * lift) / zoom);
    const turn = rotation(pose.yaw, pose.pitch, pose.roll);
    const [px, py, pz] = [face.centre[0], face.centre[1], face.centre[2] - behindCm];
    const { points } = this;
    const moved = this.#moved;
    for (let v = 0; v < moved.length; v += 3) {
      const x = moved[v]! - px;
      const y = py - moved[v + 1]!;
      const z = pz - moved[v + 2]!;
      points[v] = turn[0]! * x + turn[1]! * y + turn[2]! * z;
      points[v + 1] = turn[3]! * x + turn[4]! * y + turn[5]! * z;
      points[v + 2] = turn[6]! * x + turn[7]! * y + turn[8]! * z + distanceCm;
    }
    const normals = this.#normals;
    vertexNormals(points, this.part.triangles, normals);
    for (let v = 0; v < points.length; v += 3) {
      const nx = normals[v]!;
      const ny = normals[v + 1]!;
      const nz = normals[v + 2]!;
      const length = Math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12;
      this.lambert[v / 3] = (nx * light[0] + ny * light[1] + nz * light[2]) / length;
      const z = points[v + 2]!;
      points[v] = (focal * points[v]!) / z + size;
      points[v + 1] = (focal * points[v + 1]!) / z + middleY;
    }
  }
}

const weightOf = ({ weights }: AvatarState, name: BlendShape): number => weights[blendShapeIndex[name]]!;

/** Lids stay in front of the eyeballs. */
function keepOutside(points: Float32Array, { eyeballs }: AvatarHead): void {
  for (const { centre, radius } of eyeballs) {
    const minDistance = radius + lidGapCm;
    for (let v = 0; v < points.length; v += 3) {
      const z = points[v + 2]! - centre[2];
      if (z <= 0 || z > minDistance) continue;
      const x = points[v]! - centre[0];
      if (x > minDistance || x < -minDistance) continue;
      const y = points[v + 1]! - centre[1];
      const distance = Math.sqrt(x * x + y * y + z * z);
      if (distance >= minDistance) continue;
      const k = minDistance / distance;
      points[v] = centre[0] + k * x;
      points[v + 1] = centre[1] + k * y;
      points[v + 2] = centre[2] + k * z;
    }
  }
}

/** Camera frame, row by row: about the horizontal, then the vertical, then the line of sight. Signs of `HeadPose`. */
function rotation(yaw: number, pitch: number, roll: number): readonly number[] {
  const cy = Math.cos(yaw);
  const sy = -Math.sin(yaw);
  const cp = Math.cos(pitch);
  const sp = Math.sin(pitch);
  const cr = Math.cos(roll);
  const sr = Math.sin(roll);
  const rows = [
    [cy, -sy * sp, sy * cp],
    [0, cp, sp],
    [-sy, -cy * sp, cy * cp],
  ] as const;
  return [
    ...rows[0].map((value, k) => cr * value - sr * rows[1][k]!),
    ...rows[0].map((value, k) => sr * value + cr * rows[1][k]!),
    ...rows[2],
  ];
}

function reach(positions: Float32Array, pivot: readonly [number, number, number]): number {
  let max = 0;
  for (let v = 0; v < positions.length; v += 3)
    for (let k = 0; k < 3; k++) max = Math.max(max, Math.abs(positions[v + k]! - pivot[k]!));
  return max;
}

function unit(x: number, y: number, z: number): readonly [number, number, number] {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}

const table = (of: (cosine: number) => number): Float32Array =>
  Float32Array.from({ length: tableSteps }, (_, k) => of((2 * k) / (tableSteps - 1) - 1));
const step = (x: number, edge: number, soft: number): number => 1 / (1 + Math.exp(-(x - edge) / soft));
const toon = (shine: number): Float32Array =>
  table((x) => 0.62 + 0.38 * step(x, 0.15, 0.05) + shine * step(x, 0.82, 0.03));
const flat = table(() => 1);
const plain = table((x) => 0.45 + 0.55 * Math.max(0, x));
const tables: Readonly<Record<AvatarStyle, Readonly<Record<PartKind, Float32Array>>>> = {
  toon: { skin: toon(0), hair: toon(0.14), frame: toon(0.3), mouth: flat, teeth: flat, eye: flat },
  plain: { skin: plain, hair: plain, frame: plain, mouth: flat, teeth: flat, eye: flat },
};

const gammaSteps = 4095;
const gamma = Uint8Array.from({ length: gammaSteps + 1 }, (_, k) =>
  Math.round(255 * (k / gammaSteps) ** (1 / 2.2)),
);
const none = new Float32Array(0);
