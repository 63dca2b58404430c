import { seededRandom } from "./random.ts";

/**
 * Whether a group differs from all others in the mean of a value (such as being right), by permutation of whole clusters:
 * people are dealt to the groups anew, each with all their cases.
 *
 * @param members clusters of the group; every case of a cluster is in it or none
 * @returns the difference of the means, and the two-sided share of deals with one at least as large (the given one counted in,
 *   Phipson and Smyth 2010); undefined when one side has no case
 */
export function groupDifference(
  values: readonly number[],
  clusters: readonly string[],
  members: ReadonlySet<string>,
  { draws = 4999, seed = 0 }: { draws?: number; seed?: number } = {},
): { difference: number; p: number } | undefined {
  const sums = new Map<string, { sum: number; n: number }>();
  clusters.forEach((name, i) => {
    const known = sums.get(name) ?? { sum: 0, n: 0 };
    sums.set(name, { sum: known.sum + values[i]!, n: known.n + 1 });
  });
  const names = [...sums.keys()];
  const inside = names.filter((name) => members.has(name)).length;
  if (inside === 0 || inside === names.length) return undefined;
  const all = names.map((name) => sums.get(name)!);
  const total = all.reduce((a, { sum, n }) => ({ sum: a.sum + sum, n: a.n + n }), { sum: 0, n: 0 });
  const difference = (group: readonly { sum: number; n: number }[]): number => {
    const own = group.reduce((a, { sum, n }) => ({ sum: a.sum + sum, n: a.n + n }), { sum: 0, n: 0 });
    return own.sum / own.n - (total.sum - own.sum) / (total.n - own.n);
  };
  const given = difference(names.flatMap((name) => (members.has(name) ? [sums.get(name)!] : [])));
  const random = seededRandom(seed);
  let asLarge = 0;
  for (let draw = 0; draw < draws; draw++) {
    // The first ones of a shuffle that is carried no further.
    for (let i = 0; i < inside; i++) {
      const j = i + Math.floor(random() * (all.length - i));
      [all[i], all[j]] = [all[j]!, all[i]!];
    }
    // Sums taken in another order differ in the last bits.
    if (Math.abs(difference(all.slice(0, inside))) >= Math.abs(given) - 1e-12) asLarge++;
  }
  return { difference: given, p: (1 + asLarge) / (1 + draws) };
}
