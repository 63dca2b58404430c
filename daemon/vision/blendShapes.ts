import * as z from "zod";
import { blendShapeIndex, blendShapes, type BlendShape } from "../../shared/avatar/blendShapes.ts";
import { AppError } from "../../shared/errors.ts";
import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";
import { cropInto, type Crop, type Picture } from "./crop.ts";
import { taskCrop, type Landmarks } from "./faceSquare.ts";
import { ImageBatch } from "./imageBatch.ts";
import { faceCropSchema } from "./preprocessing.ts";

/** `neutral`: of each label. */
const preprocessingSchema = faceCropSchema.extend({ neutral: z.array(z.number()).optional() });

export interface RiggedFace {
  readonly landmarks: Landmarks;
  readonly square: Crop;
}

export interface BlendShapeReader {
  /** The shapes that the network tells; others are 0 in what {@link read} gives. */
  readonly shapes: readonly BlendShape[];
  /** What it tells of photographs of neutral faces in the mean, in the order of `blendShapes`; zeros where nobody measured that. */
  readonly neutral: Float32Array;
  /** Weights 0..1 in the order of `blendShapes`, a new array a face, all faces in one run. */
  read(picture: Picture, faces: readonly RiggedFace[]): Promise<Float32Array[]>;
}

/**
 * Blend shapes by a network of the task `blend-shapes`. Inputs: the face's crop, and its 68 points in units of that crop, 0
 * in the middle, turned back by its roll.
 */
export function createBlendShapeReader(model: Model): BlendShapeReader {
  const { entry } = model;
  const { cropScale, offset, grey, neutral: usual = [] } = readPreprocessing(entry, preprocessingSchema);
  const batch = new ImageBatch(model);
  const points = entry.inputs[1]?.name;
  const places = entry.labels.map((label) => blendShapeIndex[label as BlendShape] as number | undefined);
  if (points === undefined || places.some((place) => place === undefined))
    throw new AppError("model_refused", `The network ${entry.id} tells no blend shapes. Choose another.`);
  const neutral = new Float32Array(blendShapes.length);
  for (const [k, place] of places.entries()) neutral[place!] = usual[k] ?? 0;
  return {
    shapes: entry.labels as BlendShape[],
    neutral,
    async read(picture, faces) {
      if (faces.length === 0) return [];
      const buffer = batch.buffer(faces.length);
      const told = new Float32Array(136 * faces.length);
      for (const [i, { square, landmarks }] of faces.entries()) {
        const crop = taskCrop(square, cropScale, offset);
        cropInto(picture, crop, batch.width, batch.height, buffer, i * batch.size, { grey });
        intoCrop(landmarks, crop, told.subarray(136 * i, 136 * (i + 1)));
      }
      const outputs = await model.run({
        [entry.inputs[0]!.name]: {
          data: buffer.subarray(0, faces.length * batch.size),
          shape: [faces.length, 3, batch.height, batch.width],
        },
        [points]: { data: told, shape: [faces.length, 136] },
      });
      const values = batch.output(outputs);
      return faces.map((_, i) => {
        const weights = new Float32Array(blendShapes.length);
        for (const [k, place] of places.entries()) weights[place!] = values[i * places.length + k]!;
        return weights;
      });
    },
  };
}

function intoCrop(landmarks: Landmarks, { cx, cy, side, roll }: Crop, out: Float32Array): void {
  const cos = Math.cos(roll) / side;
  const sin = Math.sin(roll) / side;
  for (let k = 0; k < landmarks.length; k += 2) {
    const x = landmarks[k]! - cx;
    const y = landmarks[k + 1]! - cy;
    out[k] = cos * x + sin * y;
    out[k + 1] = cos * y - sin * x;
  }
}
