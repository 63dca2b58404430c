import assert from "node:assert/strict";
import { blandAltman, cohenKappa, intraclassCorrelation } from "../../../shared/stats/agreement.ts";
import { bcaFrom, bcaInterval } from "../../../shared/stats/bootstrap.ts";
import { correlation, correlationOf, partialCorrelation } from "../../../shared/stats/correlation.ts";
import { steigerOverlapping, steigerSeparate } from "../../../shared/stats/dependentCorrelations.ts";
import { holmAdjusted } from "../../../shared/stats/multipleTests.ts";
import { permutationBaseline } from "../../../shared/stats/permutation.ts";
import { fitLine, leaveOneOutMapping } from "../../../shared/stats/regression.ts";

const rising = [1, 2, 3, 4, 5, 6];
const constant = rising.map(() => 0.1);
const zigzag = [2, 1, 4, 3, 6, 5];

describe("statistics of the validation report at their edges", () => {
  const impossible: [string, { defined: boolean }][] = [
    ["a correlation with a constant", correlation("pearson", rising, constant)],
    ["a rank correlation with a constant", correlation("spearman", constant, rising)],
    ["a correlation of two pairs", correlation("pearson", [1, 2], [3, 5])],
    ["a correlation of nothing", correlation("spearman", [], [])],
    ["a partial correlation of three", partialCorrelation("pearson", [1, 2, 4], [1, 3, 2], [2, 1, 5])],
    [
      "a partial correlation with a constant covariate",
      partialCorrelation("pearson", rising, zigzag, constant),
    ],
    ["a partial correlation with x as covariate", partialCorrelation("spearman", rising, zigzag, rising)],
    ["a bootstrap of two", bcaInterval(() => 1, 2)],
    ["a bootstrap of what cannot be computed", bcaInterval(() => undefined, 9)],
    ["Steiger's test of three people", steigerOverlapping(0.4, 0.5, 0.1, 3)],
    ["Steiger's test of a perfect correlation", steigerOverlapping(1, 0.5, 0.5, 40)],
    ["Steiger's test of one and the same variable", steigerOverlapping(0.5, 0.5, 1, 40)],
    [
      "Steiger's test of perfect correlations that share none",
      steigerSeparate({ jk: 1, hm: 1, jh: 0, jm: 0, kh: 0, km: 0 }, 40),
    ],
    ["limits of agreement of one", blandAltman([1], [2])],
    ["an intraclass correlation of two", intraclassCorrelation([1, 2], [2, 1])],
    ["an intraclass correlation of constants", intraclassCorrelation(constant, constant)],
    [
      "an intraclass correlation without error",
      intraclassCorrelation(
        rising,
        rising.map((x) => x + 1),
      ),
    ],
    ["a line through one x", fitLine(constant, rising)],
    ["a mapping of two", leaveOneOutMapping([1, 2], [3, 4], 1, 7)],
    ["a mapping from a constant", leaveOneOutMapping(constant, rising, 1, 7)],
  ];
  for (const [name, estimate] of impossible)
    it(`gives a reason instead of a number for ${name}`, () => {
      assert.equal(estimate.defined, false);
      assert.match((estimate as { reason?: string }).reason ?? "", /^[A-Z0-9].*\.$/);
    });

  it("has no kappa without cases, or where both always say the same class", () => {
    assert.equal(cohenKappa([], [], 3), undefined);
    assert.equal(cohenKappa([1, 1], [1, 1], 3, "quadratic"), undefined);
    assert.equal(cohenKappa([0, 0], [1, 1], 3), 0);
    assert.equal(
      permutationBaseline((a, b) => cohenKappa(a, b, 3), [1, 1], [1, 1]),
      undefined,
    );
  });

  it("gives the least p of its orders and an interval of one point to a perfect line", () => {
    const perfect = correlation(
      "pearson",
      rising,
      rising.map((x) => 3 * x - 1),
    );
    assert.ok(perfect.defined && Math.abs(perfect.r - 1) < 1e-12);
    const orders = rising.reduce((product, _, i) => product * (i + 1), 1);
    assert.ok(perfect.p <= 2 / orders + 1e-12);
    const { low, high } = bcaFrom(1, [1, 1, 1], [1, 1, 1]);
    assert.deepEqual([low, high], [1, 1]);
  });

  it("leaves out resamples that have no value, and says so when there are too many", () => {
    // Five of six are the same: a third of the resamples do not vary.
    const x = [1, 1, 1, 1, 1, 2];
    const statistic = (i: readonly number[]) =>
      correlationOf(
        "pearson",
        i.map((k) => x[k]!),
        i.map((k) => rising[k]!),
      );
    const interval = bcaInterval(statistic, 6, { draws: 500 });
    assert.equal(interval.defined, false);
    const some = bcaInterval((i) => (i.every((k) => k === i[0]) ? undefined : i[0]!), 3, { draws: 2000 });
    assert.equal(some.defined, false);
    const enough = bcaInterval((i) => (i.every((k) => k === i[0]) ? undefined : i[0]!), 5, { draws: 2000 });
    assert.ok(enough.defined && enough.draws < 2000 && enough.draws > 1900);
  });

  it("repeats a seed", () => {
    const statistic = (i: readonly number[]) => i.reduce((sum, k) => sum + zigzag[k]!, 0);
    const draw = (seed: number) => bcaInterval(statistic, 6, { draws: 300, seed });
    assert.deepEqual(draw(5), draw(5));
    assert.notDeepEqual(draw(5), draw(6));
  });

  it("never lets Holm's values fall or pass 1", () => {
    assert.deepEqual(holmAdjusted([]), []);
    assert.deepEqual(holmAdjusted([0.6, 0.5]), [1, 1]);
    assert.deepEqual(holmAdjusted([0.01, 0.01]), [0.02, 0.02]);
  });
});
