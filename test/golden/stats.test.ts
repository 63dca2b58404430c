import assert from "node:assert/strict";
import { classificationScores, expectedCalibrationError } from "../../shared/stats/classification.ts";
import { clusterBootstrap, quantile, wilsonInterval } from "../../shared/stats/intervals.ts";
import golden from "./stats.json" with { type: "json" };

const close = (actual: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

describe("statistics against scikit-learn, SciPy and NumPy", () => {
  golden.classification.forEach((c, i) =>
    it(`scores ${c.truth.length} cases of ${c.classes} classes (${i})`, () => {
      const scores = classificationScores(
        c.truth,
        c.predicted.map((p) => p ?? undefined),
        c.classes,
      );
      assert.equal(scores.n, c.truth.length);
      close(scores.accuracy, c.accuracy);
      close(scores.macroF1, c.macroF1);
      close(scores.uar, c.uar);
      close(scores.majority, Math.max(...c.support) / c.truth.length);
      assert.deepEqual(scores.confusion, c.confusion);
      scores.perClass.forEach((s, k) => {
        assert.equal(s.n, c.support[k]);
        close(s.precision, c.precision[k]!);
        close(s.recall, c.recall[k]!);
        close(s.f1, c.f1[k]!);
      });
    }),
  );

  golden.calibration.forEach((c) =>
    it(`measures calibration over ${c.correct.length} cases`, () =>
      close(expectedCalibrationError(c.confidence, c.correct), c.ece)),
  );

  golden.wilson.forEach(({ k, n, interval }) =>
    it(`gives Wilson's interval of ${k} in ${n}`, () => {
      const [low, high] = wilsonInterval(k, n);
      close(low, interval[0]!);
      close(high, interval[1]!);
    }),
  );

  golden.quantile.forEach(({ values, fractions, expected }) =>
    it(`interpolates quantiles of ${values.length} values`, () =>
      fractions.forEach((fraction, i) => close(quantile(values, fraction), expected[i]!))),
  );

  golden.bootstrap.forEach(({ clusters, right, interval }) =>
    it(`resamples ${new Set(clusters).size} people as a whole`, () => {
      const accuracy = (indices: readonly number[]) =>
        indices.filter((i) => right[i]).length / indices.length;
      const options = { draws: 4000, seed: 1 };
      const ours = clusterBootstrap(accuracy, clusters, options);
      // Two sources of chance; 4,000 draws leave a standard error of about 0.003 at either end.
      close(ours[0], interval[0]!, 0.012);
      close(ours[1], interval[1]!, 0.012);
      assert.deepEqual(clusterBootstrap(accuracy, clusters, options), ours);
    }),
  );
});
