import { normalCdf, normalQuantile } from "./distributions.ts";
import { undefinedBecause, type Estimate } from "./estimate.ts";
import { quantile } from "./intervals.ts";
import { seededRandom } from "./random.ts";
import { counted } from "../text/counted.ts";

export interface BootstrapInterval {
  readonly low: number;
  readonly high: number;
  /** Resamples that could be computed. */
  readonly draws: number;
}

/** A statistic of the cases with these indices, some of them repeated; undefined where it cannot be computed. */
export type IndexStatistic = (indices: readonly number[]) => number | undefined;

/** Of the resamples, this share may be impossible to compute (all the same case, say). */
const maxImpossible = 0.1;

/**
 * 95 % bias-corrected and accelerated interval (Efron 1987; Efron and Tibshirani 1993, section 14.3) over `n` cases that
 * are independent of each other.
 */
export function bcaInterval(
  statistic: IndexStatistic,
  n: number,
  { draws = 9999, seed = 0 }: { draws?: number; seed?: number } = {},
): Estimate<BootstrapInterval> {
  const all = Array.from({ length: n }, (_, i) => i);
  const estimate = statistic(all);
  if (estimate === undefined) return undefinedBecause("The statistic cannot be computed from these data.");
  const left = all.map((out) => statistic(all.filter((i) => i !== out)));
  const jackknife = left.filter((value) => value !== undefined);
  if (n < 3) return undefinedBecause(`Too few for a bootstrap interval: ${counted(n, "participant")}.`);
  if (jackknife.length < n)
    return undefinedBecause("The statistic hangs on one participant; without them it cannot be computed.");
  const random = seededRandom(seed);
  const resamples: number[] = [];
  const indices = new Array<number>(n);
  for (let draw = 0; draw < draws; draw++) {
    for (let i = 0; i < n; i++) indices[i] = Math.floor(random() * n);
    const value = statistic(indices);
    if (value !== undefined) resamples.push(value);
  }
  if (resamples.length < (1 - maxImpossible) * draws)
    return undefinedBecause("Too many resamples have a variable that does not vary.");
  return { defined: true, ...bcaFrom(estimate, resamples, jackknife), draws: resamples.length };
}

/**
 * The interval from its parts. The bias correction counts ties as half.
 *
 * @param jackknife the statistic without each case in turn
 */
export function bcaFrom(
  estimate: number,
  resamples: readonly number[],
  jackknife: readonly number[],
): { low: number; high: number } {
  const below = resamples.filter((value) => value < estimate).length;
  const atMost = resamples.filter((value) => value <= estimate).length;
  const share = (below + atMost) / (2 * resamples.length);
  // Where every resample lies on one side, the correction is held at the last one.
  const edge = 0.5 / resamples.length;
  const bias = normalQuantile(Math.min(1 - edge, Math.max(edge, share)));
  const mean = jackknife.reduce((a, b) => a + b, 0) / jackknife.length;
  const squares = jackknife.reduce((sum, value) => sum + (mean - value) ** 2, 0);
  const cubes = jackknife.reduce((sum, value) => sum + (mean - value) ** 3, 0);
  const acceleration = squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
  const end = (z: number) => {
    const at = bias + z;
    return quantile(resamples, normalCdf(bias + at / (1 - acceleration * at)));
  };
  return { low: end(normalQuantile(0.025)), high: end(normalQuantile(0.975)) };
}
