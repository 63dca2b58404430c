import type { Box } from "./boxes.ts";
import type { Crop } from "./crop.ts";

/**
 * Landmarks are x0, y0, ..., x67, y67 in source pixels, points of the iBUG 68-point scheme. The person's right eye is on the
 * left of the picture.
 */
export type Landmarks = Float64Array;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Centre of an eye: mean of its six points. */
function eyeCentre(landmarks: Landmarks, eye: "right" | "left"): Point {
  const first = eye === "right" ? 36 : 42;
  let x = 0;
  let y = 0;
  for (let i = first; i < first + 6; i++) {
    x += landmarks[2 * i]!;
    y += landmarks[2 * i + 1]!;
  }
  return { x: x / 6, y: y / 6 };
}

/** Distance between the centres of the eyes, source pixels. */
function interOcular(landmarks: Landmarks): number {
  const right = eyeCentre(landmarks, "right");
  const left = eyeCentre(landmarks, "left");
  return Math.hypot(left.x - right.x, left.y - right.y);
}

/** The face square of 68 landmarks; models/README.md, "Face square". */
export function faceSquare(landmarks: Landmarks): Crop {
  const right = eyeCentre(landmarks, "right");
  const left = eyeCentre(landmarks, "left");
  const roll = Math.atan2(left.y - right.y, left.x - right.x);
  const cos = Math.cos(roll);
  const sin = Math.sin(roll);
  let minX = Infinity;
  let minY = Infinity;
  let maxX = -Infinity;
  let maxY = -Infinity;
  for (let i = 0; i < landmarks.length; i += 2) {
    const x = landmarks[i]! * cos + landmarks[i + 1]! * sin;
    const y = landmarks[i + 1]! * cos - landmarks[i]! * sin;
    if (x < minX) minX = x;
    if (x > maxX) maxX = x;
    if (y < minY) minY = y;
    if (y > maxY) maxY = y;
  }
  const mx = (minX + maxX) / 2;
  const my = (minY + maxY) / 2;
  return {
    cx: cos * mx - sin * my,
    cy: sin * mx + cos * my,
    side: Math.max(maxX - minX, maxY - minY),
    roll,
  };
}

/** A task's crop from the face square; `offset` is in fractions of the square's side, in the turned frame. */
export function taskCrop(square: Crop, cropScale: number, offset: readonly [number, number] = [0, 0]): Crop {
  const cos = Math.cos(square.roll);
  const sin = Math.sin(square.roll);
  const dx = offset[0] * square.side;
  const dy = offset[1] * square.side;
  return {
    cx: square.cx + cos * dx - sin * dy,
    cy: square.cy + sin * dx + cos * dy,
    side: cropScale * square.side,
    roll: square.roll,
  };
}

/**
 * The crop in which landmarks lie as nearly as they can (least squares) where `places` says, by moving, turning and scaling alone;
 * models/README.md, "Aligned crop".
 * @param places x and y of the points 17 to 67, fractions of the crop
 */
export function alignedCrop(landmarks: Landmarks, places: readonly (readonly [number, number])[]): Crop {
  const first = 17;
  const count = places.length;
  const [from, to] = [
    [0, 0],
    [0, 0],
  ] as [[number, number], [number, number]];
  for (const [i, [x, y]] of places.entries()) {
    from[0] += x / count;
    from[1] += y / count;
    to[0] += landmarks[2 * (first + i)]! / count;
    to[1] += landmarks[2 * (first + i) + 1]! / count;
  }
  let [along, across, spread] = [0, 0, 0];
  for (const [i, [x, y]] of places.entries()) {
    const [u, v] = [x - from[0], y - from[1]];
    const [p, q] = [landmarks[2 * (first + i)]! - to[0], landmarks[2 * (first + i) + 1]! - to[1]];
    along += u * p + v * q;
    across += u * q - v * p;
    spread += u * u + v * v;
  }
  const [cos, sin] = [along / spread, across / spread];
  const [u, v] = [0.5 - from[0], 0.5 - from[1]];
  return {
    cx: to[0] + cos * u - sin * v,
    cy: to[1] + sin * u + cos * v,
    side: Math.hypot(cos, sin),
    roll: Math.atan2(sin, cos),
  };
}

/** The crop of one eye; models/README.md, "Crop of an eye". Mirroring the left eye is the caller's. */
export function eyeCrop(
  landmarks: Landmarks,
  eye: "right" | "left",
  cropScale: number,
  roll = faceSquare(landmarks).roll,
): Crop {
  const first = eye === "right" ? 36 : 42;
  const corners = Math.hypot(
    landmarks[2 * first]! - landmarks[2 * first + 6]!,
    landmarks[2 * first + 1]! - landmarks[2 * first + 7]!,
  );
  const { x, y } = eyeCentre(landmarks, eye);
  const side = cropScale * Math.max(corners, (0.5 * interOcular(landmarks)) / 2.2);
  return { cx: x, cy: y, side, roll };
}

/** The face square of a detector's box; models/README.md, "From a detector's box". */
export function squareOfBox(
  { x, y, width, height }: Box,
  { dx, dy, scale }: { dx: number; dy: number; scale: number },
  roll: number,
): Crop {
  const longer = Math.max(width, height);
  return {
    cx: x + width / 2 + dx * longer,
    cy: y + height / 2 + dy * longer,
    side: scale * longer,
    roll,
  };
}
