import { quantile, type Interval } from "./intervals.ts";
import { seededRandom } from "./random.ts";
import { mean } from "./mean.ts";

export interface PermutationBaseline {
  /** What the statistic is on average when the pairing is random. */
  readonly mean: number;
  /** 95 % of the random pairings lie in it. */
  readonly interval: Interval;
  /** One-sided: share of pairings at least as good, the given one counted in (Phipson and Smyth 2010). */
  readonly p: number;
  readonly draws: number;
}

/**
 * A statistic of paired values against its distribution when the second of each pair is dealt out anew.
 *
 * @param statistic larger is better; undefined where it cannot be computed, which leaves the draw out
 * @returns undefined when the statistic of the given pairing, or of every other, cannot be computed
 */
export function permutationBaseline<T>(
  statistic: (first: readonly T[], second: readonly T[]) => number | undefined,
  first: readonly T[],
  second: readonly T[],
  { draws = 9999, seed = 0 }: { draws?: number; seed?: number } = {},
): PermutationBaseline | undefined {
  const given = statistic(first, second);
  if (given === undefined) return undefined;
  const random = seededRandom(seed);
  const dealt = [...second];
  const values: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    for (let i = dealt.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [dealt[i], dealt[j]] = [dealt[j]!, dealt[i]!];
    }
    const value = statistic(first, dealt);
    if (value !== undefined) values.push(value);
  }
  if (values.length === 0) return undefined;
  // Sums taken in another order differ in the last bits.
  const asGood = values.filter((value) => value >= given - 1e-12).length;
  return {
    mean: mean(values),
    interval: [quantile(values, 0.025), quantile(values, 0.975)],
    p: (1 + asGood) / (1 + values.length),
    draws: values.length,
  };
}
