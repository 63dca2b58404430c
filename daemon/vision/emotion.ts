import type { Eye } from "../../shared/protocol/results.ts";
import type { Model } from "../inference/models.ts";
import { createExpressionNames, type ExpressionProbabilities } from "./expression.ts";
import { expressionLabels } from "../../shared/emotion/labels.ts";
import type { Eyes } from "./eyes.ts";
import { rowsTensor } from "../inference/rowsTensor.ts";

export interface EmotionInput {
  readonly expression: ExpressionProbabilities;
  /** With gaze. */
  readonly eyes: Eyes<Eye>;
}

export interface EmotionReader {
  /** Each face's emotion, all in one run. */
  read(faces: readonly EmotionInput[]): Promise<ExpressionProbabilities[]>;
}

const radians = Math.PI / 180;

/**
 * The Enhanced Emotion Classifier (thesis, pipeline 2), a network of the task `eec`: the expression's probabilities,
 * corrected by eye openness and gaze. Inputs: expression [n, 8], eyes [n, 2] (right, left open), gaze [n, 4] (pitch and
 * yaw of the right eye, then of the left, radians, MPIIGaze's signs).
 */
export function createEmotionReader(model: Model): EmotionReader {
  const names = createExpressionNames(model.entry);
  return {
    async read(faces) {
      if (faces.length === 0) return [];
      const gazeOf = ({ gaze }: Eye): number[] => [
        (gaze?.pitchDeg ?? 0) * radians,
        -(gaze?.yawDeg ?? 0) * radians,
      ];
      const outputs = await model.run({
        expression: rowsTensor(
          faces.map(({ expression }) => expressionLabels.map((label) => expression[label])),
        ),
        eyes: rowsTensor(faces.map(({ eyes }) => [eyes.right.open, eyes.left.open])),
        gaze: rowsTensor(faces.map(({ eyes }) => [...gazeOf(eyes.right), ...gazeOf(eyes.left)])),
      });
      const values = outputs[model.entry.outputs[0]!.name]!.data;
      return faces.map((_, i) => names(values, i));
    },
  };
}
