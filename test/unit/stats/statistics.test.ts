import assert from "node:assert/strict";
import { classificationScores, expectedCalibrationError } from "../../../shared/stats/classification.ts";
import { clusterBootstrap, quantile, uarInterval, wilsonInterval } from "../../../shared/stats/intervals.ts";
import { seededRandom } from "../../../shared/stats/random.ts";

describe("statistics at their edges", () => {
  it("counts a case without a prediction as an error, outside the confusion matrix", () => {
    const scores = classificationScores([0, 0, 1], [0, undefined, 1], 2);
    assert.equal(scores.accuracy, 2 / 3);
    assert.equal(scores.uar, 0.75);
    assert.deepEqual(scores.confusion, [
      [1, 0],
      [0, 1],
    ]);
  });

  it("puts a confidence of exactly 1 into the last bin", () =>
    assert.equal(expectedCalibrationError([1, 1], [true, false]), 0.5));

  it("refuses to score nothing", () => {
    assert.throws(() => classificationScores([], [], 2), RangeError);
    assert.throws(() => expectedCalibrationError([], []), RangeError);
    assert.throws(() => wilsonInterval(0, 0), RangeError);
    assert.throws(() => quantile([], 0.5), RangeError);
    assert.throws(() => uarInterval([{ n: 0, recall: 0 }]), RangeError);
    assert.throws(() => clusterBootstrap(() => 1, ["a", "a"]), RangeError);
    assert.throws(() => clusterBootstrap(() => undefined, ["a", "b"]), RangeError);
  });

  it("gives a mean recall an interval that holds it at least as often as it says, at the edge too", () => {
    const random = seededRandom(11);
    for (const truth of [
      [0.9, 0.5, 0.2],
      [0.99, 0.97, 0.98],
    ]) {
      const uar = truth.reduce((a, b) => a + b, 0) / truth.length;
      let held = 0;
      for (let round = 0; round < 1000; round++) {
        const classes = truth.map((p, c) => {
          const n = [20, 60, 200][c]!;
          const hits = Array.from({ length: n }, random).filter((value) => value < p).length;
          return { n, recall: hits / n };
        });
        const [low, high] = uarInterval(classes);
        if (low <= uar && uar <= high) held++;
      }
      assert.ok(held > 930, `${held} of 1000`);
    }
  });

  it("repeats a seed, and differs between seeds", () => {
    const take = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    assert.deepEqual(take(7), take(7));
    assert.notDeepEqual(take(7), take(8));
    const random = seededRandom(3);
    const mean = Array.from({ length: 100_000 }, random).reduce((a, b) => a + b) / 100_000;
    assert.ok(Math.abs(mean - 0.5) < 0.005);
  });
});
