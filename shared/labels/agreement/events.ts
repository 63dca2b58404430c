import { stretchesOf, type Stretch } from "../../segments/segment.ts";
import { bestAlignment, expectedDisorder, type GammaUnit } from "../../stats/gamma.ts";
import { kappaOfTable } from "../../stats/nominalTally.ts";
import { resampledIntervals } from "../../stats/resampling.ts";
import type { ComparedLane } from "./clips.ts";
import type { EventPair, Figure, IntervalTierAgreement } from "../../protocol/agreement.ts";
import type { AgreementOptions, ResampledBy } from "./options.ts";
import { eachPair, matchBestFirst } from "./pairs.ts";

/** Of the longer of two annotations (Holle and Rein 2013). */
const minOverlap = 0.6;
/** Intersection over union for the F1 of events. */
export const minIou = 0.5;
/** Continua of chance, as pygamma-agreement draws by default. */
const gammaSamples = 30;
/** More work than this is not begun unasked: some ten seconds. */
const maxGammaWork = 1e6;

type Span = Pick<Stretch, "startMs" | "endMs">;

/** Agreement annotation by annotation. */
export function eventAgreement(
  lanes: readonly ComparedLane[],
  annotators: readonly string[],
  options: AgreementOptions,
  by: ResampledBy,
): IntervalTierAgreement["events"] {
  return {
    overlap: minOverlap,
    pairs: eachPair(annotators.length).flatMap(([a, b]) => pairOf(lanes, annotators[a]!, annotators[b]!)),
    gamma:
      by.plan.draws === 0 && by.plan.method === "parts"
        ? { value: null, interval: null, reason: "Computed over all clips." }
        : gammaOf(lanes, options, by),
  };
}

function pairOf(lanes: readonly ComparedLane[], a: string, b: string): EventPair[] {
  const both = lanes.flatMap(({ byAnnotator }) => {
    const [first, second] = [byAnnotator.get(a), byAnnotator.get(b)];
    return first === undefined || second === undefined
      ? []
      : [[stretchesOf(first), stretchesOf(second)] as const];
  });
  if (both.length === 0) return [];
  const labels = [...new Set(both.flat(2).map(({ label }) => label))].sort();
  const index = new Map(labels.map((label, i) => [label, i]));
  const matches = both.flatMap(([first, second]) => matchEvents(first, second));
  const counts = (rows: readonly (readonly [number, number])[], size: number): Float64Array => {
    const table = new Float64Array(size * size);
    for (const [row, column] of rows) table[row * size + column]! += 1;
    return table;
  };
  const cells = matches.map(([x, y]) => [index.get(x.label)!, index.get(y.label)!] as const);
  const of = (side: 0 | 1) => both.flatMap((pair) => pair[side]);
  const matched = new Set(matches.flat());
  const onlyA = of(0).filter((one) => !matched.has(one));
  const onlyB = of(1).filter((one) => !matched.has(one));
  const none = labels.length;
  const inside = kappaOfTable(counts(cells, labels.length), labels.length);
  const whole = kappaOfTable(
    counts(
      [
        ...cells,
        ...onlyA.map(({ label }) => [index.get(label)!, none] as const),
        ...onlyB.map(({ label }) => [none, index.get(label)!] as const),
      ],
      none + 1,
    ),
    none + 1,
  );
  const hits = both.reduce((sum, [first, second]) => sum + matchByIou(first, second).length, 0);
  const all = of(0).length + of(1).length;
  return [
    {
      ...{ a, b, matched: matches.length, unmatchedA: onlyA.length, unmatchedB: onlyB.length },
      agreement: inside.agreement ?? null,
      kappa: inside.kappa ?? null,
      kappaWithUnmatched: whole.kappa ?? null,
      f1At50: all === 0 ? null : (2 * hits) / all,
      ...(inside.kappa === undefined && {
        reason: all === 0 ? "Neither has an annotation." : matches.length === 0 ? "None match." : oneLabel,
      }),
    },
  ];
}

const oneLabel = "The matched ones have one and the same label: chance alone would agree always.";

/** Holle and Rein (2013), as ELAN does: overlap at least 60 % of the longer one, best overlap first, one to one. */
export function matchEvents(first: readonly Stretch[], second: readonly Stretch[]): [Stretch, Stretch][] {
  return matchBestFirst(first, second, {
    ...apart,
    fit: (a, b) => {
      const share = overlapMs(a, b) / Math.max(a.endMs - a.startMs, b.endMs - b.startMs);
      return share >= minOverlap ? share : undefined;
    },
  });
}

/** Pairs with the same label whose intersection is half of their union or more, the best first. */
export function matchByIou<A extends LabelledStretch, B extends LabelledStretch>(
  first: readonly A[],
  second: readonly B[],
): [A, B][] {
  return matchBestFirst(first, second, {
    ...apart,
    fit: (a, b) => {
      const overlap = overlapMs(a, b);
      const iou = overlap / (a.endMs - a.startMs + (b.endMs - b.startMs) - overlap);
      return a.label === b.label && iou >= minIou ? iou : undefined;
    },
  });
}

type LabelledStretch = Pick<Stretch, "startMs" | "endMs" | "label">;

const apart = {
  before: (a: Span, b: Span): boolean => b.endMs <= a.startMs,
  past: (a: Span, b: Span): boolean => b.startMs >= a.endMs,
};

function overlapMs(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs));
}

/**
 * Gamma over lanes: 1 less the ratio of all costs to those that chance gives for as many annotations. Its interval draws
 * clips, or blocks of time with the groups that lie in them while what chance gives stays.
 */
function gammaOf(lanes: readonly ComparedLane[], options: AgreementOptions, by: ResampledBy): Figure {
  const labels = new Map<string, number>();
  const number = (label: string): number => {
    const known = labels.get(label) ?? labels.size;
    labels.set(label, known);
    return known;
  };
  const continua = lanes.map((lane) => ({
    lane,
    raters: [...lane.byAnnotator.values()].map((segments) =>
      stretchesOf(segments).map(({ startMs, endMs, label }): GammaUnit => ({
        startMs,
        endMs,
        label: number(label),
      })),
    ),
  }));
  const used = continua.filter(({ raters }) => raters.flat().length > 0);
  const units = used.reduce((sum, { raters }) => sum + raters.flat().length, 0);
  const nothing = (reason: string): Figure => ({ value: null, interval: null, reason });
  if (units === 0) return nothing("Nobody has an annotation.");
  // About how it grows: with the square of the annotations of a lane, and fourfold with each further annotator.
  const work = used.reduce(
    (sum, { raters }) => sum + raters.flat().length ** 2 * 4 ** (raters.length - 2),
    0,
  );
  if (work > maxGammaWork && !options.gammaAlways)
    return nothing(
      `${units} annotations are too many for gamma within a short time; --gamma computes it all the same.`,
    );
  let exact = true;
  const parts = new Map<string, Float64Array>();
  const put = (key: string, cost: number, chance: number): void => {
    const part = parts.get(key) ?? new Float64Array(2);
    part[0]! += cost;
    part[1]! += chance;
    parts.set(key, part);
  };
  for (const [i, { lane, raters }] of used.entries()) {
    const best = bestAlignment(raters);
    const chance = expectedDisorder(raters, { samples: gammaSamples, seed: options.seed + i });
    exact &&= best.exact && chance.exact;
    const perUnit = chance.disorder / raters.length;
    for (const group of best.groups) {
      const members = group.units.filter((unit) => unit !== undefined).length;
      const key = by.plan.method === "parts" ? lane.clip.clip : String(Math.floor(group.atMs / by.pieceMs));
      put(key, group.cost, perUnit * members);
    }
  }
  const rows = by.plan.method === "parts" ? [...parts.values()] : inOrder(parts);
  const [cost, chance] = rows.reduce(([x, y], row) => [x + row[0]!, y + row[1]!], [0, 0]);
  if (chance <= 0) return nothing("Chance would give the same alignment.");
  const [interval] = resampledIntervals(
    rows,
    (sums) => [sums[1]! > 0 ? 1 - sums[0]! / sums[1]! : undefined],
    by.plan,
  );
  return {
    value: 1 - cost / chance,
    interval: interval ?? null,
    ...(!exact && { reason: "Not every alignment could be looked at: the value may be a little too low." }),
  };
}

/** Pieces of time without an annotation are pieces too. */
function inOrder(parts: ReadonlyMap<string, Float64Array>): Float64Array[] {
  const last = Math.max(...[...parts.keys()].map(Number));
  return Array.from({ length: last + 1 }, (_, i) => parts.get(String(i)) ?? new Float64Array(2));
}
