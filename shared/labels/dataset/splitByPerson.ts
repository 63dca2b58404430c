import { seededRandom } from "../../stats/random.ts";

export interface SplitSample {
  readonly subject: string;
  readonly label: string;
}

/** Ways to share out the persons that are tried. */
const draws = 500;

/**
 * Persons for the test part: whole persons only, so that nobody is on both sides. Of many seeded draws the one whose size
 * is nearest to `share` and whose labels are spread most like those of the whole.
 *
 * @returns nobody where there is one person, or nothing is asked for
 */
export function testSubjects(
  samples: readonly SplitSample[],
  share: number,
  seed: number,
): ReadonlySet<string> {
  const labels = [...new Set(samples.map(({ label }) => label))].sort();
  const counts = new Map<string, Float64Array>();
  for (const { subject, label } of samples) {
    const row = counts.get(subject) ?? new Float64Array(labels.length);
    row[labels.indexOf(label)]! += 1;
    counts.set(subject, row);
  }
  const subjects = [...counts.keys()].sort();
  if (subjects.length < 2 || share <= 0) return new Set();
  const total = labels.map((_, i) => subjects.reduce((sum, one) => sum + counts.get(one)![i]!, 0));
  const random = seededRandom(seed);
  let best: { readonly chosen: readonly string[]; readonly cost: number } | undefined;
  for (let draw = 0; draw < draws; draw++) {
    const order = subjects
      .map((one) => ({ one, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ one }) => one);
    const chosen: string[] = [];
    let size = 0;
    for (const one of order) {
      const own = counts.get(one)!.reduce((a, b) => a + b, 0);
      const after = Math.abs(size + own - share * samples.length);
      if (chosen.length === subjects.length - 1) break;
      if (chosen.length > 0 && after >= Math.abs(size - share * samples.length)) continue;
      chosen.push(one);
      size += own;
    }
    // Each label should be there with the share of all, on both sides.
    const cost = total.reduce(
      (sum, all, i) => {
        const own = chosen.reduce((part, one) => part + counts.get(one)![i]!, 0);
        return sum + (own / all - share) ** 2 / labels.length;
      },
      (size / samples.length - share) ** 2,
    );
    if (best === undefined || cost < best.cost) best = { chosen, cost };
  }
  return new Set(best!.chosen);
}
