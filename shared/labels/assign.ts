import type { Assignments } from "../protocol/assignments.ts";
import { seededRandom } from "../stats/random.ts";

export interface AssignedClip {
  /** Path from the folder. */
  readonly clip: string;
  readonly durationMs: number;
}

export interface AssignOptions {
  readonly annotators: readonly string[];
  /** Share of the clips that two label. */
  readonly twice: number;
  readonly scheme: string;
  readonly seed: number;
}

/**
 * Who labels what, in order of a seeded draw: each clip goes to whom has the least minutes so far. Clips that two label are
 * drawn too, and go to the two who have the fewest clips together, so that every pair of annotators can be compared. What
 * was assigned before stays.
 */
export function assignClips(
  clips: readonly AssignedClip[],
  { annotators, twice, scheme, seed }: AssignOptions,
  before: Assignments["clips"] = {},
): Assignments {
  const random = seededRandom(seed);
  const minutes = new Map(annotators.map((one) => [one, 0]));
  const together = new Map<string, number>();
  const pair = (a: string, b: string): string => [a, b].sort().join(" ");
  const count = (who: readonly string[], durationMs: number): void => {
    for (const one of who) minutes.set(one, (minutes.get(one) ?? 0) + durationMs);
    for (const [i, a] of who.entries())
      for (const b of who.slice(i + 1)) together.set(pair(a, b), (together.get(pair(a, b)) ?? 0) + 1);
  };
  const all = new Map<string, readonly string[]>(Object.entries(before));
  for (const { clip, durationMs } of clips) count(all.get(clip) ?? [], durationMs);
  const shuffled = clips
    .filter(({ clip }) => !all.has(clip))
    .map((clip) => ({ clip, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ clip }) => clip);
  const already = [...all.values()].filter((who) => who.length > 1).length;
  const wanted = annotators.length < 2 ? 0 : Math.round(twice * (all.size + shuffled.length)) - already;
  for (const [i, { clip, durationMs }] of shuffled.entries()) {
    const leastLoaded = (others: readonly string[], with_?: string): string =>
      others
        .map((one, k) => ({
          one,
          shared: with_ === undefined ? 0 : (together.get(pair(one, with_)) ?? 0),
          minutes: minutes.get(one) ?? 0,
          k,
        }))
        .sort((a, b) => a.shared - b.shared || a.minutes - b.minutes || a.k - b.k)[0]!.one;
    const first = leastLoaded(annotators);
    const who =
      i < wanted
        ? [
            first,
            leastLoaded(
              annotators.filter((one) => one !== first),
              first,
            ),
          ]
        : [first];
    all.set(clip, who);
    count(who, durationMs);
  }
  return {
    ...{ seed, twice, scheme, annotators: [...annotators] },
    clips: Object.fromEntries(
      [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([clip, who]) => [clip, [...who]]),
    ),
  };
}
