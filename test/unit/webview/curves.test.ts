import assert from "node:assert/strict";
import type { TrainingEpoch } from "../../../shared/protocol/training.ts";
import { curvesOf } from "../../../webview/data/curves.ts";

const epoch = (run: number, seed: number, n: number, loss: number): TrainingEpoch => ({
  ...{
    type: "epoch",
    run,
    seed,
    epoch: n,
    epochs: 9,
    loss,
    accuracy: 1 - loss,
    macroF1: 0.5,
    trainLoss: loss / 2,
  },
  ...{ trainAccuracy: 1, rate: 0.01, best: true, seconds: 1, secondsLeft: 8 },
});

describe("curves of a training", () => {
  const epochs = [epoch(0, 1, 1, 0.8), epoch(0, 1, 2, 0.6), epoch(0, 2, 1, 0.4), epoch(1, 1, 1, 0.1)];

  it("are means over seeds with their range, of one way of the grid", () => {
    const { validation, train } = curvesOf(epochs, 0, "loss");
    assert.deepEqual(
      validation.map(({ epoch: n, mean, low, high, seeds }) => [n, +mean.toFixed(9), low, high, seeds]),
      [
        [1, 0.6, 0.4, 0.8, 2],
        [2, 0.6, 0.6, 0.6, 1],
      ],
    );
    assert.deepEqual(
      train.map(({ mean }) => +mean.toFixed(9)),
      [0.3, 0.3],
    );
    assert.equal(curvesOf(epochs, 1, "accuracy").validation[0]!.mean, 0.9);
  });

  it("have none of what is not measured while it learns", () => {
    assert.deepEqual(curvesOf(epochs, 0, "macroF1").train, []);
  });
});
