import { fQuantile, fUpper, studentQuantile } from "./distributions.ts";
import { undefinedBecause, type Estimate } from "./estimate.ts";
import type { Interval } from "./intervals.ts";
import { mean } from "./mean.ts";

export interface BlandAltman {
  readonly n: number;
  /** Mean of first minus second. */
  readonly bias: number;
  readonly standardDeviation: number;
  /** Bias -+ 1.96 standard deviations. */
  readonly limits: Interval;
  readonly biasInterval: Interval;
  readonly lowerLimitInterval: Interval;
  readonly upperLimitInterval: Interval;
}

/**
 * Limits of agreement with their 95 % intervals (Bland and Altman 1986): the standard error of a limit is
 * sqrt(3 s^2 / n), the quantile Student's with n - 1 degrees of freedom.
 */
export function blandAltman(first: readonly number[], second: readonly number[]): Estimate<BlandAltman> {
  const n = first.length;
  if (n < 2) return undefinedBecause("Limits of agreement need two participants.");
  const differences = first.map((value, i) => value - second[i]!);
  const bias = mean(differences);
  const standardDeviation = Math.sqrt(differences.reduce((sum, d) => sum + (d - bias) ** 2, 0) / (n - 1));
  const t = studentQuantile(0.975, n - 1);
  const around = (at: number, error: number): Interval => [at - t * error, at + t * error];
  const limits: Interval = [bias - 1.96 * standardDeviation, bias + 1.96 * standardDeviation];
  const limitError = standardDeviation * Math.sqrt(3 / n);
  return {
    ...{ defined: true, n, bias, standardDeviation, limits },
    biasInterval: around(bias, standardDeviation / Math.sqrt(n)),
    lowerLimitInterval: around(limits[0], limitError),
    upperLimitInterval: around(limits[1], limitError),
  };
}

export interface IntraclassCorrelation {
  readonly n: number;
  readonly icc: number;
  /** Of the test that it is 0. */
  readonly f: number;
  readonly df1: number;
  readonly df2: number;
  readonly p: number;
  readonly interval: Interval;
}

/**
 * ICC(2,1), absolute agreement of single measurements under two-way random effects (Shrout and Fleiss 1979, with their F
 * and 95 % interval). It can be below 0.
 */
export function intraclassCorrelation(
  first: readonly number[],
  second: readonly number[],
): Estimate<IntraclassCorrelation> {
  const n = first.length;
  if (n < 3) return undefinedBecause("An intraclass correlation needs three participants.");
  const k = 2;
  const rows = first.map((value, i) => (value + second[i]!) / 2);
  const columns = [mean(first), mean(second)];
  const grand = mean(rows);
  const squares = (values: readonly number[]) => values.reduce((sum, v) => sum + (v - grand) ** 2, 0);
  const betweenSum = k * squares(rows);
  const methodsSum = n * squares(columns);
  const wholeSum = squares(first) + squares(second);
  const df1 = n - 1;
  const df2 = (n - 1) * (k - 1);
  const between = betweenSum / df1;
  const methods = methodsSum / (k - 1);
  const error = (wholeSum - betweenSum - methodsSum) / df2;
  if (wholeSum <= 1e-24 * n * grand * grand) return undefinedBecause("Neither measurement varies.");
  if (error <= 1e-14 * wholeSum)
    return undefinedBecause("The two measurements differ by a constant; there is no error to compare with.");
  const icc = (between - error) / (between + (k - 1) * error + (k * (methods - error)) / n);
  const f = between / error;
  const ratio = methods / error;
  const weight = n * (1 + (k - 1) * icc) - k * icc;
  const df =
    ((k - 1) * (n - 1) * (k * icc * ratio + weight) ** 2) /
    ((n - 1) * k * k * icc * icc * ratio * ratio + weight * weight);
  const upper = fQuantile(0.975, df1, df);
  const lower = fQuantile(0.975, df, df1);
  const rest = k * methods + (k * n - k - n) * error;
  return {
    ...{ defined: true, n, icc, f, df1, df2, p: fUpper(f, df1, df2) },
    interval: [
      (n * (between - upper * error)) / (upper * rest + n * between),
      (n * (lower * between - error)) / (rest + n * lower * between),
    ],
  };
}

/**
 * Cohen's kappa (1960), or with quadratic weights (Cohen 1968), of two readings into classes 0 to `classes` - 1.
 *
 * @returns undefined without cases, or where chance alone would agree always
 */
export function cohenKappa(
  first: readonly number[],
  second: readonly number[],
  classes: number,
  weights: "none" | "quadratic" = "none",
): number | undefined {
  const n = first.length;
  const counts = [new Array<number>(classes).fill(0), new Array<number>(classes).fill(0)];
  const distance = (a: number, b: number) => (weights === "quadratic" ? (a - b) ** 2 : Number(a !== b));
  let seen = 0;
  for (let i = 0; i < n; i++) {
    counts[0]![first[i]!]! += 1;
    counts[1]![second[i]!]! += 1;
    seen += distance(first[i]!, second[i]!);
  }
  let expected = 0;
  for (let a = 0; a < classes; a++)
    for (let b = 0; b < classes; b++) expected += (counts[0]![a]! * counts[1]![b]! * distance(a, b)) / n;
  return n === 0 || expected === 0 ? undefined : 1 - seen / expected;
}
