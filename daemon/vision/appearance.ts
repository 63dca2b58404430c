import { lumaWeights } from "../media/colour.ts";
import { cropInto, type Crop, type Picture } from "./crop.ts";
import { taskCrop } from "./faceSquare.ts";

/** How a face looks, for telling the people of one clip apart; see {@link describeFace}. Unit length. */
export type Appearance = Float32Array;

/** The described part, in face squares: the face with hair and collar. */
const scale = 1.6;
const side = 24;
const cells = 4;
const cell = side / cells;
const crop = new Float32Array(3 * side * side);

/** Weights of the three parts: shape, texture, colour; measured by test/eval/identity.ts. */
const weights = { shape: 0.5, texture: 0.2, colour: 0.3 };
const textureBins = 16;

/**
 * Describes an aligned face by three parts, each of unit length: the light and dark of the aligned face (24x24, mean
 * removed), histograms of local binary patterns (4 neighbours, 16 patterns, in 4x4 cells), and the mean colour of 4x4
 * cells without brightness. Enough for a clip, where light, hair and clothes stay the same; no face recognition.
 */
export function describeFace(picture: Picture, square: Crop): Appearance {
  cropInto(picture, taskCrop(square, scale), side, side, crop);
  const plane = side * side;
  const shape = new Float32Array(plane);
  const { kr, kg, kb } = lumaWeights.bt601;
  for (let i = 0; i < plane; i++)
    shape[i] = kr * crop[i]! + kg * crop[i + plane]! + kb * crop[i + 2 * plane]!;
  const texture = new Float32Array(cells * cells * textureBins);
  const colour = new Float32Array(cells * cells * 2);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const i = y * side + x;
      const at = Math.floor(y / cell) * cells + Math.floor(x / cell);
      colour[2 * at]! += crop[i]! - shape[i]!;
      colour[2 * at + 1]! += crop[i + 2 * plane]! - shape[i]!;
      if (x === 0 || y === 0 || x === side - 1 || y === side - 1) continue;
      const here = shape[i]!;
      const pattern =
        (shape[i - 1]! > here ? 1 : 0) +
        (shape[i + 1]! > here ? 2 : 0) +
        (shape[i - side]! > here ? 4 : 0) +
        (shape[i + side]! > here ? 8 : 0);
      texture[at * textureBins + pattern]! += 1;
    }
  }
  const parts = [
    { values: centred(shape), weight: weights.shape },
    { values: texture.map(Math.sqrt), weight: weights.texture },
    { values: colour, weight: weights.colour },
  ];
  const out = new Float32Array(parts.reduce((sum, { values }) => sum + values.length, 0));
  let offset = 0;
  for (const { values, weight } of parts) {
    const length = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0)) || 1;
    for (const value of values) out[offset++] = (value / length) * Math.sqrt(weight);
  }
  return out;
}

/** Likeness of two faces: the cosine, at most 1. */
export function likeness(a: Appearance, b: Appearance): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function centred(values: Float32Array): Float32Array {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.map((v) => v - mean);
}
