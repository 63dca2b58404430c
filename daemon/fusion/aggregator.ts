import * as z from "zod";
import { expressionLabels, fusedLabels, speechLabels, type FusedLabel } from "../../shared/emotion/labels.ts";
import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";
import { rowsTensor } from "../inference/rowsTensor.ts";

const settingsSchema = z.object({
  faceLabels: z.array(z.enum(expressionLabels)),
  speechLabels: z.array(z.enum(speechLabels)),
});

export type FusedProbabilities = Record<FusedLabel, number>;

/** What there is of one person at a moment; at least one of both. */
export interface Modalities {
  readonly face?: Readonly<Record<(typeof expressionLabels)[number], number>> | undefined;
  readonly speech?: Readonly<Record<(typeof speechLabels)[number], number>> | undefined;
}

export interface Fused {
  readonly probabilities: FusedProbabilities;
  /** How much each modality carried, summing to 1. */
  readonly carried: { readonly face: number; readonly speech: number };
}

export interface Aggregator {
  /** One emotion for each person, all in one run. */
  fuse(people: readonly Modalities[]): Promise<Fused[]>;
}

/**
 * The Multimodal Aggregator Network (thesis, pipeline 2), a network of the task `man`. Where a modality is missing, the
 * other one alone gives the result, with a calibration of its own. Inputs: face [n, 8], speech [n, 8], present [n, 2].
 * @throws AppError `model_refused` for an entry without its label orders
 */
export function createAggregator(model: Model): Aggregator {
  const orders = readPreprocessing(model.entry, settingsSchema);
  const { labels } = model.entry;
  return {
    async fuse(people) {
      if (people.length === 0) return [];
      const outputs = await model.run({
        face: rowsTensor(people.map(({ face }) => orders.faceLabels.map((label) => face?.[label] ?? 0))),
        speech: rowsTensor(
          people.map(({ speech }) => orders.speechLabels.map((label) => speech?.[label] ?? 0)),
        ),
        present: rowsTensor(people.map(({ face, speech }) => [face ? 1 : 0, speech ? 1 : 0])),
      });
      const probabilities = outputs["probabilities"]!.data;
      const carried = outputs["carried"]!.data;
      return people.map((_, i) => ({
        probabilities: Object.fromEntries(
          fusedLabels.map((label) => [label, probabilities[i * labels.length + labels.indexOf(label)] ?? 0]),
        ) as FusedProbabilities,
        carried: { face: carried[2 * i]!, speech: carried[2 * i + 1]! },
      }));
    },
  };
}
