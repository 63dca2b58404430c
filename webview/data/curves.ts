import type { TrainingEpoch } from "../../shared/protocol/training.ts";

/** What is drawn by epoch. */
export const curveKinds = ["loss", "accuracy", "macroF1"] as const;
export type CurveKind = (typeof curveKinds)[number];

/** One epoch of a curve: the mean over seeds, and the least and greatest of them. */
export interface CurvePoint {
  readonly epoch: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly seeds: number;
}

export interface Curves {
  readonly validation: readonly CurvePoint[];
  /** Empty where nothing of the part that is learned from is measured. */
  readonly train: readonly CurvePoint[];
}

/** The curves of one way of the grid, over its seeds. */
export function curvesOf(epochs: readonly TrainingEpoch[], run: number, kind: CurveKind): Curves {
  const ofRun = epochs.filter((epoch) => epoch.run === run);
  const trained = { loss: "trainLoss", accuracy: "trainAccuracy", macroF1: undefined } as const;
  const train = trained[kind];
  return {
    validation: points(ofRun, (epoch) => epoch[kind]),
    train: train === undefined ? [] : points(ofRun, (epoch) => epoch[train]),
  };
}

function points(epochs: readonly TrainingEpoch[], pick: (epoch: TrainingEpoch) => number): CurvePoint[] {
  const byEpoch = new Map<number, number[]>();
  for (const epoch of epochs) byEpoch.set(epoch.epoch, [...(byEpoch.get(epoch.epoch) ?? []), pick(epoch)]);
  return [...byEpoch]
    .sort(([a], [b]) => a - b)
    .map(([epoch, values]) => ({
      epoch,
      mean: values.reduce((a, b) => a + b, 0) / values.length,
      low: Math.min(...values),
      high: Math.max(...values),
      seeds: values.length,
    }));
}
