import { seededRandom } from "../../shared/stats/random.ts";

export const partNames = ["train", "validation", "test"] as const;
export type PartName = (typeof partNames)[number];
export type Parts = Record<PartName, Int32Array>;

/**
 * Divides samples into parts so that no group is in two, each class as near as can be to its share in each part: the
 * groups come in the order of their size (equal ones as the seed has it), each to the part that it fits best.
 *
 * @param groups of each sample: the person, or near-duplicates of one picture
 * @param classes of each sample, from 0
 */
export function splitByGroup(
  groups: readonly string[],
  classes: readonly number[],
  shares: Readonly<Record<PartName, number>>,
  seed: number,
): Parts {
  const count = Math.max(...classes) + 1;
  const members = new Map<string, number[]>();
  groups.forEach((group, i) => {
    const list = members.get(group);
    if (list === undefined) members.set(group, [i]);
    else list.push(i);
  });
  const totals = tally(
    classes.map((_, i) => i),
    classes,
    count,
  );
  const random = seededRandom(seed);
  const order = [...members.values()]
    .map((list) => ({ list, draw: random() }))
    .sort((a, b) => b.list.length - a.list.length || a.draw - b.draw);
  const wanted = partNames.filter((name) => shares[name] > 0);
  const filled = Object.fromEntries(wanted.map((name) => [name, new Array<number>(count).fill(0)]));
  const parts: Record<PartName, number[]> = { train: [], validation: [], test: [] };
  for (const { list } of order) {
    const own = tally(list, classes, count);
    // The part to which these classes are most wanting, by share of the class that is there.
    const want = (name: PartName): number =>
      own.reduce((sum, n, c) => {
        const target = shares[name] * totals[c]!;
        return n === 0 ? sum : sum + (n * (target - filled[name]![c]!)) / Math.max(target, 1e-9);
      }, 0);
    const best = wanted.reduce((a, b) => (want(b) > want(a) ? b : a));
    parts[best].push(...list);
    own.forEach((n, c) => (filled[best]![c]! += n));
  }
  const sorted = (list: number[]) => Int32Array.from(list).sort();
  return { train: sorted(parts.train), validation: sorted(parts.validation), test: sorted(parts.test) };
}

function tally(members: readonly number[], classes: readonly number[], count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const i of members) counts[classes[i]!]!++;
  return counts;
}
