import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";
import { cropInto, type Crop, type Picture } from "./crop.ts";
import { taskCrop, type Landmarks } from "./faceSquare.ts";
import { ImageBatch } from "./imageBatch.ts";
import { faceCropSchema } from "./preprocessing.ts";
import { measureLight, type Light } from "./quality.ts";

export interface LandmarkReading {
  readonly landmarks: Landmarks;
  /** Probability that a face sits in the crop. 1 for a network that does not tell. */
  readonly presence: number;
  /** Of the crop's green plane, which carries most of the luma. */
  readonly light: Light;
}

export interface Landmarker {
  /** Reads the 68 points of the faces that sit in these face squares, all in one run. */
  read(picture: Picture, squares: readonly Crop[]): Promise<LandmarkReading[]>;
}

/** Reads the 68 landmarks of faces by a network of the task `landmarks`. */
export function createLandmarker(model: Model): Landmarker {
  const { cropScale, offset, grey } = readPreprocessing(model.entry, faceCropSchema);
  const batch = new ImageBatch(model);
  const plane = batch.width * batch.height;
  return {
    async read(picture, squares) {
      if (squares.length === 0) return [];
      const crops = squares.map((square) => taskCrop(square, cropScale, offset));
      const buffer = batch.buffer(squares.length);
      for (const [i, crop] of crops.entries())
        cropInto(picture, crop, batch.width, batch.height, buffer, i * batch.size, { grey });
      const outputs = await batch.run(squares.length);
      const points = batch.output(outputs);
      const presence = outputs["presence"]?.data;
      return crops.map((crop, i) => ({
        landmarks: toSource(points.subarray(136 * i, 136 * (i + 1)), crop, batch.height / batch.width),
        presence: presence?.[i] ?? 1,
        light: measureLight(buffer, i * batch.size + plane, batch.width, batch.height),
      }));
    },
  };
}

/** Fractions of the crop to source pixels; `aspect` is the crop's height over its width. */
function toSource(fractions: Float32Array, { cx, cy, side, roll }: Crop, aspect: number): Landmarks {
  const cos = Math.cos(roll);
  const sin = Math.sin(roll);
  const landmarks = new Float64Array(fractions.length);
  for (let i = 0; i < fractions.length; i += 2) {
    const dx = (fractions[i]! - 0.5) * side;
    const dy = (fractions[i + 1]! - 0.5) * side * aspect;
    landmarks[i] = cx + cos * dx - sin * dy;
    landmarks[i + 1] = cy + sin * dx + cos * dy;
  }
  return landmarks;
}
