import { AppError } from "../../shared/errors.ts";
import { expressionLabels, type ExpressionLabel } from "../../shared/emotion/labels.ts";
import type { ModelEntry } from "../../shared/protocol/models.ts";
import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";
import { cropInto, type Crop, type Picture } from "./crop.ts";
import { taskCrop } from "./faceSquare.ts";
import { ImageBatch } from "./imageBatch.ts";
import { faceCropSchema } from "./preprocessing.ts";

export type ExpressionProbabilities = Record<ExpressionLabel, number>;

export interface ExpressionReader {
  /** Probabilities of each face square's expression, of one picture or several, all in one run. */
  read(
    faces: readonly { readonly picture: Picture; readonly square: Crop }[],
  ): Promise<ExpressionProbabilities[]>;
}

/** Expressions by a network of the task `expression`, whose output is probabilities in the order of its labels. */
export function createExpressionReader(model: Model): ExpressionReader {
  const { cropScale, offset, grey } = readPreprocessing(model.entry, faceCropSchema);
  const names = createExpressionNames(model.entry);
  const batch = new ImageBatch(model);
  return {
    async read(faces) {
      if (faces.length === 0) return [];
      const buffer = batch.buffer(faces.length);
      for (const [i, { picture, square }] of faces.entries()) {
        const crop = taskCrop(square, cropScale, offset);
        cropInto(picture, crop, batch.width, batch.height, buffer, i * batch.size, { grey });
      }
      const values = batch.output(await batch.run(faces.length));
      return faces.map((_, i) => names(values, i));
    },
  };
}

/**
 * Names row `i` of a network's probabilities. A label that the network lacks gets 0, and the others sum to 1.
 * @throws AppError `model_refused` when it has none of ours.
 */
export function createExpressionNames({ labels, id }: ModelEntry) {
  const order = expressionLabels.map((label) => labels.indexOf(label));
  if (order.every((index) => index < 0))
    throw new AppError(
      "model_refused",
      `The network ${id} knows no expression that EDIN knows. Choose another.`,
    );
  return (values: Float32Array, i: number): ExpressionProbabilities => {
    const list = order.map((index) => (index < 0 ? 0 : Math.max(0, values[i * labels.length + index]!)));
    const sum = list.reduce((a, b) => a + b, 0) || 1;
    const entries = expressionLabels.map((label, k) => [label, list[k]! / sum]);
    return Object.fromEntries(entries) as ExpressionProbabilities;
  };
}
