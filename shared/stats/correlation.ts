import { studentTwoSided } from "./distributions.ts";
import { undefinedBecause, type Estimate } from "./estimate.ts";
import { mean } from "./mean.ts";
import { counted } from "../text/counted.ts";

export type CorrelationMethod = "pearson" | "spearman";

export interface Correlation {
  readonly r: number;
  /**
   * Two-sided, from Student's t; of up to nine ranks from all their orders. Never below 2 / n!, the least that the orders of n
   * values can give to ranks, or to points on one line.
   */
  readonly p: number;
  readonly df: number;
  readonly n: number;
}

/**
 * Pearson's or Spearman's correlation (the latter as Pearson's of mean ranks) with the p value of
 * t = r sqrt(df / (1 - r^2)). Complete pairs only: the caller leaves out what is missing.
 */
export function correlation(
  method: CorrelationMethod,
  x: readonly number[],
  y: readonly number[],
): Estimate<Correlation> {
  const found = withTest(correlationOf(method, x, y), method, x.length, x.length - 2);
  if (!found.defined || method === "pearson" || x.length > maxOrdered) return found;
  return { ...found, p: shareOfOrders(meanRanks(x), meanRanks(y)) };
}

/**
 * First-order partial correlation, (rxy - rxz ryz) / sqrt((1 - rxz^2)(1 - ryz^2)), with n - 3 degrees of freedom;
 * Spearman's over mean ranks.
 */
export function partialCorrelation(
  method: CorrelationMethod,
  x: readonly number[],
  y: readonly number[],
  covariate: readonly number[],
): Estimate<Correlation> {
  return withTest(partialOf(method, x, y, covariate), method, x.length, x.length - 3);
}

/** The coefficient alone, as a bootstrap needs it; undefined where a variable does not vary. */
export function correlationOf(
  method: CorrelationMethod,
  x: readonly number[],
  y: readonly number[],
): number | undefined {
  return method === "pearson" ? pearson(x, y) : pearson(meanRanks(x), meanRanks(y));
}

/** The partial coefficient alone. */
export function partialOf(
  method: CorrelationMethod,
  x: readonly number[],
  y: readonly number[],
  covariate: readonly number[],
): number | undefined {
  const xy = correlationOf(method, x, y);
  const xz = correlationOf(method, x, covariate);
  const yz = correlationOf(method, y, covariate);
  if (xy === undefined || xz === undefined || yz === undefined) return undefined;
  const rest = (1 - xz * xz) * (1 - yz * yz);
  // A variable that the covariate determines leaves nothing.
  return rest < 1e-12 ? undefined : clampToOne((xy - xz * yz) / Math.sqrt(rest));
}

/** Ranks from 1; equal values share the mean of theirs. */
export function meanRanks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let k = from; k < to; k++) ranks[order[k]!] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/** All orders of so many values are tried: 9! = 362,880. */
const maxOrdered = 9;

/** The share of the orders of `y` that agree with `x` at least as much, in either direction. */
function shareOfOrders(x: readonly number[], y: readonly number[]): number {
  const n = x.length;
  const middle = (n * (n + 1) ** 2) / 4;
  const order = [...y];
  const distance = () => Math.abs(order.reduce((sum, rank, i) => sum + rank * x[i]!, 0) - middle);
  const seen = distance() - 1e-9;
  let all = 0;
  let asFar = 0;
  // Heap's algorithm: each order once.
  const turn = (size: number): void => {
    if (size <= 1) {
      all += 1;
      if (distance() >= seen) asFar += 1;
      return;
    }
    for (let i = 0; i < size; i++) {
      turn(size - 1);
      if (i === size - 1) break;
      const other = size % 2 === 0 ? i : 0;
      [order[other], order[size - 1]] = [order[size - 1]!, order[other]!];
    }
  };
  turn(n);
  return asFar / all;
}

function minOf(n: number): number {
  let orders = 1;
  for (let k = 2; k <= n; k++) orders *= k;
  return Math.min(1, 2 / orders);
}

function withTest(
  r: number | undefined,
  method: CorrelationMethod,
  n: number,
  df: number,
): Estimate<Correlation> {
  if (df < 1) return undefinedBecause(`Too few for this correlation: ${counted(n, "participant")}.`);
  if (r === undefined)
    return undefinedBecause("A variable does not vary, or the covariate determines it wholly.");
  const line = Math.abs(r) === 1;
  const p = line ? 0 : studentTwoSided(r * Math.sqrt(df / (1 - r * r)), df);
  return { defined: true, r, p: line || method === "spearman" ? Math.max(p, minOf(n)) : p, df, n };
}

function pearson(x: readonly number[], y: readonly number[]): number | undefined {
  const n = x.length;
  if (n < 2) return undefined;
  const meanX = mean(x);
  const meanY = mean(y);
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i++) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  // A constant that is no binary fraction leaves a rest of rounding.
  if (xx <= negligible(meanX, n) || yy <= negligible(meanY, n)) return undefined;
  return clampToOne(xy / Math.sqrt(xx * yy));
}

const negligible = (mean: number, n: number) => n * (4 * Number.EPSILON * mean) ** 2;
const clampToOne = (r: number) => Math.max(-1, Math.min(1, r));
