import { AppError } from "../../shared/errors.ts";
import { expressionLabels, type ExpressionLabel } from "../../shared/emotion/labels.ts";
import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";
import { cropInto, type Crop, type Picture } from "./crop.ts";
import { taskCrop } from "./faceSquare.ts";
import { ImageBatch } from "./imageBatch.ts";
import { faceCropSchema } from "./preprocessing.ts";

export type ExpressionProbabilities = Record<ExpressionLabel, number>;

export interface ExpressionReader {
  /** Probabilities of each face square's expression, all in one run. */
  read(picture: Picture, squares: readonly Crop[]): Promise<ExpressionProbabilities[]>;
}

/** Expressions by a network of the task `expression`, whose output is probabilities in the order of its labels. */
export function createExpressionReader(model: Model): ExpressionReader {
  const { cropScale, offset, grey } = readPreprocessing(model.entry, faceCropSchema);
  const { labels, id } = model.entry;
  const order = expressionLabels.map((label) => labels.indexOf(label));
  if (order.every((index) => index < 0))
    throw new AppError("model_refused", `The network ${id} knows no expression that EDIN knows.`);
  const batch = new ImageBatch(model);
  return {
    async read(picture, squares) {
      if (squares.length === 0) return [];
      const buffer = batch.buffer(squares.length);
      for (const [i, square] of squares.entries()) {
        const crop = taskCrop(square, cropScale, offset);
        cropInto(picture, crop, batch.width, batch.height, buffer, i * batch.size, { grey });
      }
      const values = batch.output(await batch.run(squares.length));
      return squares.map((_, i) => named(values, i * labels.length, order));
    },
  };
}

function named(values: Float32Array, base: number, order: readonly number[]): ExpressionProbabilities {
  const list = order.map((index) => (index < 0 ? 0 : Math.max(0, values[base + index]!)));
  const sum = list.reduce((a, b) => a + b, 0) || 1;
  return Object.fromEntries(
    expressionLabels.map((label, i) => [label, list[i]! / sum]),
  ) as ExpressionProbabilities;
}
