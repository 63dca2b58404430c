import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";
import { AppError } from "../../shared/errors.ts";
import { cropInto, type Picture } from "./crop.ts";
import { eyeCrop, type Landmarks } from "./faceSquare.ts";
import { ImageBatch } from "./imageBatch.ts";
import { eyeCropSchema } from "./preprocessing.ts";

/** Both eyes of one face; the person's right eye is on the left of the picture. */
export interface Eyes<T> {
  readonly right: T;
  readonly left: T;
}

/** A face whose eyes are read, and the picture that it is in. */
export interface EyesToRead {
  readonly picture: Picture;
  readonly landmarks: Landmarks;
  readonly roll: number;
}

/** Runs a network over eyes: crops of all faces, of one picture or several, as one batch, right eye first. */
export interface EyeReader<T> {
  read(faces: readonly EyesToRead[]): Promise<Eyes<T>[]>;
}

/** Eye aspect ratio (|p2-p6| + |p3-p5|) / (2 |p1-p4|), Soukupova and Cech 2016. 0 for an eye without width. */
export function eyeAspectRatio(landmarks: Landmarks, eye: "right" | "left"): number {
  const first = eye === "right" ? 36 : 42;
  const distance = (a: number, b: number): number =>
    Math.hypot(
      landmarks[2 * (first + a)]! - landmarks[2 * (first + b)]!,
      landmarks[2 * (first + a) + 1]! - landmarks[2 * (first + b) + 1]!,
    );
  const width = distance(0, 3);
  return width > 0 ? (distance(1, 5) + distance(2, 4)) / (2 * width) : 0;
}

/** Probability that each eye is open, from a network of the task `eye-state`. */
export function createEyeStateReader(model: Model): EyeReader<number> {
  const labels = model.entry.labels;
  const open = labels.indexOf("open");
  if (open < 0)
    throw new AppError("model_refused", `The network ${model.entry.id} has no label "open". Choose another.`);
  return createEyeReader(model, (values, eye) => values[eye * labels.length + open]!);
}

/** Crops eyes as the network's entry says and turns eye number i of the batch into a value by `pick`. */
export function createEyeReader<T>(
  model: Model,
  pick: (values: Float32Array, index: number, mirrored: boolean) => T,
): EyeReader<T> {
  const { cropScale, mirrorLeft, grey } = readPreprocessing(model.entry, eyeCropSchema);
  const batch = new ImageBatch(model);
  const { width, height, size } = batch;
  return {
    async read(faces) {
      if (faces.length === 0) return [];
      const buffer = batch.buffer(2 * faces.length);
      for (const [i, { picture, landmarks, roll }] of faces.entries()) {
        const right = eyeCrop(landmarks, "right", cropScale, roll);
        const left = eyeCrop(landmarks, "left", cropScale, roll);
        cropInto(picture, right, width, height, buffer, 2 * i * size, { grey });
        cropInto(picture, left, width, height, buffer, (2 * i + 1) * size, { mirror: mirrorLeft, grey });
      }
      const values = batch.output(await batch.run(2 * faces.length));
      return faces.map((_, i) => ({
        right: pick(values, 2 * i, false),
        left: pick(values, 2 * i + 1, mirrorLeft),
      }));
    },
  };
}
