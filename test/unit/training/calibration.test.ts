import assert from "node:assert/strict";
import {
  fitTemperature,
  meanLoss,
  reliabilityDiagram,
  softmaxRow,
} from "../../../shared/stats/calibration.ts";
import { seededRandom } from "../../../shared/stats/random.ts";

describe("calibration", () => {
  it("finds the temperature that made the logits too sure", () => {
    const random = seededRandom(5);
    const [n, classes, truthful] = [4000, 3, 2.5];
    const logits = new Float32Array(n * classes);
    const truth = Array.from({ length: n }, (_, i) => {
      for (let c = 0; c < classes; c++) logits[i * classes + c] = 6 * (random() - 0.5) * truthful;
      let draw = random();
      return softmaxRow(logits, i, classes, truthful).findIndex((p) => (draw -= p) <= 0);
    }).map((label) => Math.max(label, 0));
    const temperature = fitTemperature(logits, truth, classes);
    assert.ok(Math.abs(temperature - truthful) < 0.2, String(temperature));
    assert.ok(meanLoss(logits, truth, classes, temperature) < meanLoss(logits, truth, classes));
  });

  it("draws confidence against accuracy by bins, the last one with 1", () => {
    const bins = reliabilityDiagram([0.05, 1, 0.96], [false, true, false], 10);
    assert.deepEqual(
      [bins[0], bins[9]],
      [
        { from: 0, to: 0.1, n: 1, confidence: 0.05, accuracy: 0 },
        { from: 0.9, to: 1, n: 2, confidence: 0.98, accuracy: 0.5 },
      ],
    );
    assert.deepEqual([bins[4]!.n, bins[4]!.confidence, bins[4]!.accuracy], [0, null, null]);
  });
});
