import { seededRandom } from "./random.ts";

/** Lower and upper end. */
export type Interval = readonly [low: number, high: number];

/** Upper 2.5 % point of the normal distribution. */
const z95 = 1.959963984540054;

/**
 * 95 % interval of a proportion (Wilson 1927).
 *
 * @throws RangeError without cases.
 */
export function wilsonInterval(successes: number, n: number): Interval {
  if (n < 1) throw new RangeError("A proportion needs a case.");
  const p = successes / n;
  const z2 = z95 * z95;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (z95 / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/**
 * 95 % interval of a mean recall over classes: normal, the classes' variances estimated after Agresti and Coull (1998), which
 * holds for recalls of 0 and 1 too. Classes without cases count for nothing.
 *
 * @throws RangeError without cases.
 */
export function uarInterval(classes: readonly { readonly n: number; readonly recall: number }[]): Interval {
  const present = classes.filter(({ n }) => n > 0);
  if (present.length === 0) throw new RangeError("A mean recall needs a case.");
  let sum = 0;
  let variance = 0;
  for (const { n, recall } of present) {
    const p = (n * recall + 2) / (n + 4);
    sum += recall;
    variance += (p * (1 - p)) / (n + 4);
  }
  const k = present.length;
  const half = (z95 * Math.sqrt(variance)) / k;
  return [Math.max(0, sum / k - half), Math.min(1, sum / k + half)];
}

/**
 * The value below which `fraction` (0 to 1) of `values` lies, interpolated linearly between neighbours.
 *
 * @throws RangeError without values.
 */
export function quantile(values: readonly number[] | Float64Array, fraction: number): number {
  if (values.length === 0) throw new RangeError("A quantile needs a value.");
  const sorted = Float64Array.from(values).sort();
  const at = fraction * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  return low + (sorted[Math.min(below + 1, sorted.length - 1)]! - low) * (at - below);
}

/**
 * 95 % percentile interval of a statistic over cases that belong to clusters, such as the pictures of one person:
 * whole clusters are drawn with replacement.
 *
 * @param statistic Of the cases with these indices, some of them repeated; undefined where it cannot be computed, which
 *   leaves the draw out.
 * @param clusters The cluster of each case.
 * @throws RangeError with fewer than two clusters, or when no draw could be computed.
 */
export function clusterBootstrap(
  statistic: (indices: readonly number[]) => number | undefined,
  clusters: readonly string[],
  { draws = 1000, seed = 0 }: { draws?: number; seed?: number } = {},
): Interval {
  const byName = new Map<string, number[]>();
  clusters.forEach((name, i) => {
    const indices = byName.get(name);
    if (indices) indices.push(i);
    else byName.set(name, [i]);
  });
  const members = [...byName.values()];
  if (members.length < 2) throw new RangeError("A cluster bootstrap needs two clusters.");
  const random = seededRandom(seed);
  const values: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const value = statistic(members.flatMap(() => members[Math.floor(random() * members.length)]!));
    if (value !== undefined) values.push(value);
  }
  return [quantile(values, 0.025), quantile(values, 0.975)];
}
