import type { Frame } from "../media/frame.ts";
import { samplePlaneBytes } from "../media/sampleFrame.ts";
import type { Affine } from "../media/samplePlane.ts";
import type { Crop } from "../vision/crop.ts";

/** A similarity from crop to picture: the crop's centre, its width in source pixels, its turn. */
export interface CropPose {
  readonly cx: number;
  readonly cy: number;
  readonly sidePx: number;
  readonly rollRad: number;
}

/**
 * Points that the skull carries, so that an expression does not move the crop: bridge and base of the nose, corners of
 * the eyes (iBUG 68).
 */
const rigidPoints = [27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 39, 42, 45] as const;

/** The crop's side over the face square's side: forehead and chin have room. */
const cropScale = 1.5;

/**
 * Follows a head so that magnification sees the face move, not the head: the pose of each frame is the least-squares
 * similarity of the rigid points to those of the frame where the crop began (Umeyama 1991), applied to that frame's crop.
 */
export class Stabiliser {
  #reference:
    { readonly points: readonly (readonly [number, number])[]; readonly pose: CropPose } | undefined;

  /** Starts from the next face anew, as after a scene cut or a lost face. */
  reset(): void {
    this.#reference = undefined;
  }

  /**
   * @param landmarks x0, y0, ..., x67, y67 in picture pixels
   * @param square their face square; it places the crop where that begins
   */
  follow(landmarks: ArrayLike<number>, square: Crop): CropPose {
    const points = rigidPoints.map((k) => [landmarks[2 * k]!, landmarks[2 * k + 1]!] as const);
    if (this.#reference === undefined) {
      const { cx, cy, side, roll } = square;
      this.#reference = { points, pose: { cx, cy, sidePx: cropScale * side, rollRad: roll } };
      return this.#reference.pose;
    }
    const { points: from, pose } = this.#reference;
    const { scale, rollRad, map } = similarity(from, points);
    const [cx, cy] = map(pose.cx, pose.cy);
    return { cx, cy, sidePx: pose.sidePx * scale, rollRad: pose.rollRad + rollRad };
  }
}

/** The similarity that takes `from` to `to` with the least squared error. */
function similarity(
  from: readonly (readonly [number, number])[],
  to: readonly (readonly [number, number])[],
): { scale: number; rollRad: number; map: (x: number, y: number) => readonly [number, number] } {
  const centre = (points: readonly (readonly [number, number])[]): readonly [number, number] => [
    points.reduce((sum, [x]) => sum + x, 0) / points.length,
    points.reduce((sum, [, y]) => sum + y, 0) / points.length,
  ];
  const [fx, fy] = centre(from);
  const [tx, ty] = centre(to);
  let dot = 0;
  let cross = 0;
  let spread = 0;
  for (const [k, [x, y]] of from.entries()) {
    const [dx, dy] = [x - fx, y - fy];
    const [ex, ey] = [to[k]![0] - tx, to[k]![1] - ty];
    dot += dx * ex + dy * ey;
    cross += dx * ey - dy * ex;
    spread += dx * dx + dy * dy;
  }
  const a = spread > 0 ? dot / spread : 1;
  const b = spread > 0 ? cross / spread : 0;
  return {
    scale: Math.hypot(a, b),
    rollRad: Math.atan2(b, a),
    map: (x, y) => [tx + a * (x - fx) - b * (y - fy), ty + b * (x - fx) + a * (y - fy)],
  };
}

/**
 * Cuts a square crop of even `size` out of a frame, as a frame of its own: each plane is sampled bilinearly, with the
 * picture's edge repeated outside.
 */
export function cutFace(frame: Frame, pose: CropPose, size: number): Frame {
  const half = size / 2;
  const data = new Uint8Array(size * size + 2 * half * half);
  const chromaWidth = (frame.width + 1) >> 1;
  const chromaHeight = (frame.height + 1) >> 1;
  const luma = frame.width * frame.height;
  const chroma = chromaWidth * chromaHeight;
  const coarse = { ...pose, cx: pose.cx / 2, cy: pose.cy / 2, sidePx: pose.sidePx / 2 };
  const cut = (first: number, width: number, height: number, at: CropPose, side: number, to: number): void =>
    samplePlaneBytes(
      { data: frame.data.subarray(first, first + width * height), width, height },
      cropMap(at, side),
      { data: data.subarray(to, to + side * side), width: side, height: side },
    );
  cut(0, frame.width, frame.height, pose, size, 0);
  cut(luma, chromaWidth, chromaHeight, coarse, half, size * size);
  cut(luma + chroma, chromaWidth, chromaHeight, coarse, half, size * size + half * half);
  return { ...frame, width: size, height: size, data };
}

/** From the pixels of a square crop to those of the picture. */
function cropMap({ cx, cy, sidePx, rollRad }: CropPose, size: number): Affine {
  const ux = (sidePx / size) * Math.cos(rollRad);
  const uy = (sidePx / size) * Math.sin(rollRad);
  return {
    ox: cx - (size / 2) * (ux - uy),
    oy: cy - (size / 2) * (uy + ux),
    ...{ ux, uy, vx: -uy, vy: ux },
  };
}
