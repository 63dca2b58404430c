import { solve } from "../../shared/stats/solve.ts";
import type { Landmarks } from "./faceSquare.ts";

/**
 * Degrees; the face looks into the camera at 0, 0, 0. Positive: yaw to the person's left, pitch up, roll towards the
 * person's left shoulder (clockwise in the picture). Order: yaw, then pitch, then roll about the face's own axis.
 */
export interface HeadPose {
  readonly yawDeg: number;
  readonly pitchDeg: number;
  readonly rollDeg: number;
}

/**
 * The points that move least with expression, on the neutral head of ICT-FaceKit (MIT): index, x (to the person's
 * left), y (down), z (away from the camera) in cm, weight. The jaw line is left out: its points slide along the skin
 * as the head turns.
 */
export const rigidPoints: readonly (readonly [number, number, number, number, number])[] = [
  [17, -5.82, -5.2, -7.91, 0.3],
  [19, -3.79, -6.26, -9.83, 0.2],
  [21, -1.17, -5.91, -10.73, 0.3],
  [22, 1.17, -5.91, -10.73, 0.3],
  [24, 3.79, -6.26, -9.83, 0.2],
  [26, 5.82, -5.2, -7.91, 0.3],
  [27, 0.0, -3.74, -10.73, 1],
  [28, 0.0, -2.63, -11.52, 1],
  [29, 0.0, -1.61, -12.31, 1],
  [30, 0.0, -0.41, -13.07, 1],
  [31, -1.25, 1.14, -10.87, 1],
  [33, 0.0, 1.2, -11.57, 1],
  [35, 1.25, 1.14, -10.87, 1],
  [36, -4.46, -3.43, -8.6, 1],
  [39, -1.84, -3.25, -9.2, 1],
  [42, 1.84, -3.25, -9.2, 1],
  [45, 4.46, -3.43, -8.6, 1],
  [48, -2.53, 3.52, -10.19, 0.25],
  [54, 2.53, 3.52, -10.19, 0.25],
  [8, 0.0, 7.57, -10.43, 0.1],
];

const totalWeight = rigidPoints.reduce((sum, p) => sum + p[4], 0);
const centre = [1, 2, 3].map(
  (axis) => rigidPoints.reduce((sum, p) => sum + p[4] * p[axis]!, 0) / totalWeight,
);
/** The same points about their weighted centre: x, y, z of each. */
const model = rigidPoints.map(([, x, y, z]) => [x - centre[0]!, y - centre[1]!, z - centre[2]!] as const);

const iterations = 8;

/**
 * Pose of the head from 68 landmarks: the scaled-orthographic projection of the generic head that fits best (weighted
 * least squares, Gauss-Newton on the rotation). The same camera distance for all points is assumed: at 60 cm this
 * costs up to 4 degrees (test/unit/vision/headPose.test.ts).
 */
export function headPose(landmarks: Landmarks): HeadPose {
  let mx = 0;
  let my = 0;
  for (const [index, , , , weight] of rigidPoints) {
    mx += (weight * landmarks[2 * index]!) / totalWeight;
    my += (weight * landmarks[2 * index + 1]!) / totalWeight;
  }
  // Rows of the rotation; the first guess is upright by the outer corners of the eyes.
  const dx = landmarks[2 * 45]! - landmarks[2 * 36]!;
  const dy = landmarks[2 * 45 + 1]! - landmarks[2 * 36 + 1]!;
  const length = Math.hypot(dx, dy) || 1;
  const rotation = [dx / length, -dy / length, 0, dy / length, dx / length, 0, 0, 0, 1];
  let scale = length / 9;
  for (let i = 0; i < iterations; i++) scale = improve(rotation, scale, landmarks, mx, my);
  return angles(rotation);
}

/** One Gauss-Newton step on rotation and scale; changes `rotation` and returns the new scale. */
function improve(rotation: number[], scale: number, landmarks: Landmarks, mx: number, my: number): number {
  // Unknowns: turns about x, y, z, and relative change of scale. The translation is that of the centres.
  const normal = Array.from({ length: 4 }, () => [0, 0, 0, 0, 0]);
  const add = (row: readonly number[], residual: number, weight: number): void => {
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) normal[a]![b]! += weight * row[a]! * row[b]!;
      normal[a]![4]! += weight * row[a]! * residual;
    }
  };
  for (const [i, [index, , , , weight]] of rigidPoints.entries()) {
    const [px, py, pz] = model[i]!;
    const x = scale * (rotation[0]! * px + rotation[1]! * py + rotation[2]! * pz);
    const y = scale * (rotation[3]! * px + rotation[4]! * py + rotation[5]! * pz);
    const z = scale * (rotation[6]! * px + rotation[7]! * py + rotation[8]! * pz);
    add([0, z, -y, x], landmarks[2 * index]! - mx - x, weight);
    add([-z, 0, x, y], landmarks[2 * index + 1]! - my - y, weight);
  }
  const [tx, ty, tz, grow] = solve(normal);
  turn(rotation, tx!, ty!, tz!);
  return scale * Math.min(2, Math.max(0.5, 1 + grow!));
}

/** rotation = exp(turn) * rotation (Rodrigues). Steps over half a radian are shortened. */
function turn(rotation: number[], tx: number, ty: number, tz: number): void {
  const angle = Math.hypot(tx, ty, tz);
  if (angle < 1e-12) return;
  const used = Math.min(angle, 0.5);
  const [x, y, z] = [tx / angle, ty / angle, tz / angle];
  const c = Math.cos(used);
  const s = Math.sin(used);
  const t = 1 - c;
  const m = [
    [c + x * x * t, x * y * t - z * s, x * z * t + y * s],
    [y * x * t + z * s, c + y * y * t, y * z * t - x * s],
    [z * x * t - y * s, z * y * t + x * s, c + z * z * t],
  ];
  const old = [...rotation];
  for (let r = 0; r < 3; r++)
    for (let k = 0; k < 3; k++)
      rotation[3 * r + k] = m[r]![0]! * old[k]! + m[r]![1]! * old[3 + k]! + m[r]![2]! * old[6 + k]!;
}

function angles(rotation: readonly number[]): HeadPose {
  // Where the nose points: the head's -z axis.
  const [fx, fy, fz] = [-rotation[2]!, -rotation[5]!, -rotation[8]!];
  const yaw = Math.atan2(fx, -fz);
  const pitch = Math.asin(Math.min(1, Math.max(-1, -fy)));
  // Axes of a head with this yaw and pitch but no roll: x to the person's left, y down = away x left.
  const x0 = [Math.cos(yaw), 0, Math.sin(yaw)] as const;
  const y0 = [-fy * x0[2], -fz * x0[0] + fx * x0[2], fy * x0[0]] as const;
  const [ax, ay, az] = [rotation[0]!, rotation[3]!, rotation[6]!];
  const roll = Math.atan2(ax * y0[0] + ay * y0[1] + az * y0[2], ax * x0[0] + az * x0[2]);
  const degrees = 180 / Math.PI;
  return { yawDeg: yaw * degrees, pitchDeg: pitch * degrees, rollDeg: roll * degrees };
}
