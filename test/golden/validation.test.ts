import assert from "node:assert/strict";
import { blandAltman, cohenKappa, intraclassCorrelation } from "../../shared/stats/agreement.ts";
import { bcaFrom, bcaInterval } from "../../shared/stats/bootstrap.ts";
import {
  correlation,
  correlationOf,
  meanRanks,
  partialCorrelation,
  type CorrelationMethod,
} from "../../shared/stats/correlation.ts";
import { steigerOverlapping, steigerSeparate } from "../../shared/stats/dependentCorrelations.ts";
import * as distributions from "../../shared/stats/distributions.ts";
import { holmAdjusted } from "../../shared/stats/multipleTests.ts";
import { permutationBaseline } from "../../shared/stats/permutation.ts";
import { fitLine, leaveOneOutMapping } from "../../shared/stats/regression.ts";
import golden from "./validation.json" with { type: "json" };

const close = (actual: number, expected: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
const closeAll = (actual: readonly number[], expected: readonly number[], tolerance?: number) => {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => close(value, expected[i]!, tolerance));
};
/** The estimate, which has to be there. */
function defined<T extends { defined: boolean }>(estimate: T): Extract<T, { defined: true }> {
  assert.ok(estimate.defined, JSON.stringify(estimate));
  return estimate as Extract<T, { defined: true }>;
}

describe("statistics of the validation report against SciPy, statsmodels, pingouin and scikit-learn", () => {
  const functions = distributions as unknown as Record<string, (...args: number[]) => number>;
  for (const name of new Set(golden.distributions.map((c) => c.name))) {
    it(`has the values of ${name}, far tails too`, () => {
      for (const { args, value } of golden.distributions.filter((c) => c.name === name))
        close(functions[name]!(...args) / (value || 1), value === 0 ? 0 : 1, 1e-9);
    });
  }

  golden.correlations.forEach((c, i) => {
    const title = `${c.x.length} pairs (${i})`;
    for (const method of ["pearson", "spearman"] as const satisfies CorrelationMethod[])
      it(`correlates by ${method}, plain and partial: ${title}`, () => {
        const plain = defined(correlation(method, c.x, c.y));
        close(plain.r, c[method].r);
        // SciPy takes Student's t for ranks of any number; of up to nine all orders are counted here.
        if (method === "pearson" || c.x.length > 9) close(plain.p, c[method].p);
        const partial = defined(partialCorrelation(method, c.x, c.y, c.z));
        close(partial.r, c[method].partial.r);
        if (method === "pearson" || c.x.length > 9) close(partial.p, c[method].partial.p);
      });
    it(`ranks, fits and maps leaving one out: ${title}`, () => {
      assert.deepEqual(meanRanks(c.x), c.ranks);
      const line = defined(fitLine(c.x, c.y));
      close(line.slope, c.line.slope);
      close(line.intercept, c.line.intercept);
      closeAll(defined(leaveOneOutMapping(c.x, c.y, 1, 7)).mapped, c.leaveOneOut);
    });
  });

  for (const c of golden.bca) {
    const method = c.method as CorrelationMethod;
    const title = `${method}, ${c.x.length} pairs`;
    const statistic = (indices: readonly number[]) =>
      correlationOf(
        method,
        indices.map((k) => c.x[k]!),
        indices.map((k) => c.y[k]!),
      );
    it(`makes SciPy's BCa interval of SciPy's resamples: ${title}`, () => {
      const { low, high } = bcaFrom(c.estimate, c.resamples, c.jackknife);
      close(low, c.interval[0]!);
      close(high, c.interval[1]!);
    });
    it(`draws resamples that lead to the interval of SciPy's 100,000: ${title}`, () => {
      const { low, high, draws } = defined(bcaInterval(statistic, c.x.length, { draws: 9999, seed: 1 }));
      assert.equal(draws, 9999);
      // The ends of 9,999 draws scatter by about 1/50 of the interval's length.
      const tolerance = 0.06 * (c.large[1]! - c.large[0]!);
      close(low, c.large[0]!, tolerance);
      close(high, c.large[1]!, tolerance);
    });
  }

  golden.holm.forEach(({ p, adjusted }) =>
    it(`adjusts ${p.length} p values by Holm`, () => closeAll(holmAdjusted(p), adjusted, 1e-12)),
  );

  golden.agreement.forEach((c, i) => {
    it(`gives ICC(2,1) with F and interval: ${c.first.length} participants (${i})`, () => {
      const icc = defined(intraclassCorrelation(c.first, c.second));
      close(icc.icc, c.icc);
      close(icc.f, c.f);
      assert.deepEqual([icc.df1, icc.df2], [c.df1, c.df2]);
      close(icc.p, c.p);
      closeAll(icc.interval, c.iccInterval, 1e-7);
    });
    it(`gives Bland and Altman's limits with pingouin's intervals: ${c.first.length} participants (${i})`, () => {
      const limits = defined(blandAltman(c.first, c.second));
      close(limits.bias, c.bias);
      close(limits.standardDeviation, c.deviation);
      closeAll(limits.limits, c.limits);
      const bands = [limits.lowerLimitInterval, limits.biasInterval, limits.upperLimitInterval];
      bands.forEach((band, k) => closeAll(band, c.bands[k]!));
    });
  });

  golden.kappas.forEach((c) =>
    it(`gives kappa of ${c.first.length} cases in ${c.classes} classes, plain and quadratic`, () => {
      close(cohenKappa(c.first, c.second, c.classes)!, c.kappa);
      close(cohenKappa(c.first, c.second, c.classes, "quadratic")!, c.quadratic);
    }),
  );

  golden.permutation.forEach((c) =>
    it(`deals out ${c.first.length} pairs as SciPy's permutation test does`, () => {
      const kappa = (a: readonly number[], b: readonly number[]) => cohenKappa(a, b, c.classes, "quadratic");
      const baseline = permutationBaseline(kappa, c.first, c.second, { draws: 4000, seed: 2 })!;
      // Monte Carlo error of 4,000 draws on both sides.
      close(baseline.mean, c.mean, 0.015);
      closeAll(baseline.interval, c.interval, 0.04);
      close(baseline.p, c.p, 0.03);
    }),
  );
});

describe("Steiger's test", () => {
  // Steiger 1980, page 249, case A and B (as cocor recomputes them: the paper's -0.8913 and -1.4045 come from rounded
  // covariances), and the example of Silver, Hittner and May's depcor (2006).
  it("has the published values for correlations that share a variable", () => {
    close(defined(steigerOverlapping(0.4, 0.5, 0.1, 103)).z, -0.8887185, 1e-7);
    const depcor = defined(steigerOverlapping(0.3, 0.4, 0.5, 100));
    close(depcor.z, -1.0718, 5e-5);
    close(depcor.p, 0.2838, 5e-5);
  });

  it("has the published values for correlations that share none", () => {
    const caseB = { jk: 0.5, hm: 0.6, jh: 0.8, jm: 0.5, kh: 0.5, km: 0.7 };
    close(defined(steigerSeparate(caseB, 103)).z, -1.405, 5e-5);
    const depcor = { jk: 0.3, hm: 0.4, jh: 0.5, kh: 0.6, km: 0.7, jm: 0.8 };
    const { z, p } = defined(steigerSeparate(depcor, 100));
    close(z, -1.0744, 5e-5);
    close(p, 0.2827, 5e-5);
  });

  golden.steiger.forEach(({ n, covariance: c, deviation }) =>
    it(`assumes the scatter that 40,000 samples of ${n} have (${c.length} variables)`, () => {
      // z divides the difference of Fisher's values by its assumed scatter. A tiny difference around the true values
      // gives that scatter back.
      const step = 1e-6;
      const test =
        c.length === 3
          ? steigerOverlapping(c[0]![1]! + step, c[0]![2]! - step, c[1]![2]!, n)
          : steigerSeparate(
              {
                jk: c[0]![1]! + step,
                hm: c[2]![3]! - step,
                jh: c[0]![2]!,
                jm: c[0]![3]!,
                kh: c[1]![2]!,
                km: c[1]![3]!,
              },
              n,
            );
      const second = c.length === 3 ? c[0]![2]! : c[2]![3]!;
      const difference = Math.atanh(c[0]![1]! + step) - Math.atanh(second - step);
      close((difference * Math.sqrt(n - 3)) / defined(test).z, deviation, 0.02);
    }),
  );
});
