import { blendShapeIndex, type BlendShape } from "./blendShapes.ts";
import { lift, zoom } from "./framing.ts";
import type { AvatarHead, AvatarState, Part } from "./head.ts";

/** cm from the camera to the point about which the head turns, and how far that lies behind the face's plane. */
const distanceCm = 70;
const behindCm = 6;
/** Unit vector towards the light: camera frame, x right, y down, z away. */
const light = unit(0.38, -0.55, -0.74);
/** Gap that lids keep to the eyeball, cm. */
const lidGapCm = 0.05;

/** Vertices of a part as the camera sees them. */
export interface Screen {
  /** Pixel x, pixel y, depth of each vertex. */
  readonly points: Float32Array;
  /** Cosine to the light. */
  readonly lambert: Float32Array;
  /** Linear RGB. */
  readonly shade: Float32Array;
}

/**
 * One part of a head in a state, as the camera sees it: what the rasteriser of daemon/avatar/ and the page's WebGL both draw. The steps
 * are those of models/recipes/avatar_draw.py.
 */
export class PosedPart implements Screen {
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

  /** @param size width and height of the picture; points are pixels of one twice as large */
  pose(state: AvatarState, head: AvatarHead, size: number): void {
    this.#move(state, head);
    this.#project(state, head, size);
  }

  /** Shapes, wrinkles, lids and gaze: vertices and colours in the model frame. */
  #move(state: AvatarState, head: AvatarHead): void {
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
  #project({ pose }: AvatarState, { face }: AvatarHead, size: number): void {
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

/** Area-weighted normals, not scaled, into `out`: three a vertex. */
function vertexNormals(points: Float32Array, triangles: Uint32Array, out: Float32Array): void {
  out.fill(0);
  for (let t = 0; t < triangles.length; t += 3) {
    const a = 3 * triangles[t]!;
    const b = 3 * triangles[t + 1]!;
    const c = 3 * triangles[t + 2]!;
    const ax = points[a]!;
    const ay = points[a + 1]!;
    const az = points[a + 2]!;
    const ux = points[b]! - ax;
    const uy = points[b + 1]! - ay;
    const uz = points[b + 2]! - az;
    const vx = points[c]! - ax;
    const vy = points[c + 1]! - ay;
    const vz = points[c + 2]! - az;
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    out[a] = out[a]! + nx;
    out[a + 1] = out[a + 1]! + ny;
    out[a + 2] = out[a + 2]! + nz;
    out[b] = out[b]! + nx;
    out[b + 1] = out[b + 1]! + ny;
    out[b + 2] = out[b + 2]! + nz;
    out[c] = out[c]! + nx;
    out[c + 1] = out[c + 1]! + ny;
    out[c + 2] = out[c + 2]! + nz;
  }
}
