import type { IntervalTierAgreement, TierAgreement } from "../../protocol/agreement.ts";

/** A figure as command, report and page show it. */
export interface ShownFigure {
  readonly name: string;
  readonly value: number | null;
  readonly interval?: readonly [number, number] | null;
  readonly reason?: string | undefined;
}

/** What is said of two annotators. */
export interface ShownPair {
  readonly a: string;
  readonly b: string;
  /** In the order of the titles; a number of things is whole. */
  readonly values: readonly (number | null)[];
  readonly interval?: readonly [number, number] | null;
  readonly reason?: string | undefined;
}

const counts: ReadonlySet<string> = new Set([
  ...["steps", "values", "matched", "first only", "second only", "second later by, ms", "best lag, ms"],
]);

/** Whether what stands under a title is a whole number. */
export const isCount = (title: string): boolean => counts.has(title);

/** Pairs of annotators by the same figures. */
export interface ShownPairs {
  readonly caption: string;
  readonly titles: readonly string[];
  /** The title of the figure that stands for the pair, and has the interval where there is one. */
  readonly main: string;
  readonly pairs: readonly ShownPair[];
}

/** All that is said of a tier. */
export interface ShownAgreement {
  /** The figure that stands for the tier. */
  readonly headline: ShownFigure;
  readonly overall: readonly ShownFigure[];
  readonly pairs: readonly ShownPairs[];
  readonly perLabel: readonly ShownFigure[];
  readonly confusion?: IntervalTierAgreement["confusion"];
}

/** The figures of a tier of any kind, with their names: whoever shows them need not know which kinds there are. */
export function shownAgreement(tier: TierAgreement): ShownAgreement {
  switch (tier.kind) {
    case "interval":
      return ofStretches(tier);
    case "point":
      return ofMoments(tier);
    case "trace":
      return ofValues(tier);
  }
}

function ofStretches({ time, events, confusion }: IntervalTierAgreement): ShownAgreement {
  const alpha = { name: "Krippendorff's alpha", ...time.alpha };
  const { kappa, ...fleiss } = time.fleiss;
  return {
    headline: { ...alpha, name: "alpha" },
    overall: [{ name: "Fleiss' kappa", value: kappa, ...fleiss }, alpha, { name: "gamma", ...events.gamma }],
    pairs: [
      {
        ...{ caption: "Pairs, over time", titles: ["steps", "agreement", "kappa"], main: "kappa" },
        pairs: time.pairs.map(({ a, b, n, agreement, kappa: value, interval, reason }) => ({
          ...{ a, b, values: [n, agreement, value], interval, reason },
        })),
      },
      {
        caption: "Pairs, by annotation",
        titles: [
          ...["matched", "first only", "second only", "agreement", "kappa", "kappa with unmatched"],
          "event F1",
        ],
        main: "event F1",
        pairs: events.pairs.map(({ a, b, reason, ...pair }) => ({
          ...{ a, b, reason },
          values: [
            ...[pair.matched, pair.unmatchedA, pair.unmatchedB],
            ...[pair.agreement, pair.kappa, pair.kappaWithUnmatched, pair.f1At50],
          ],
        })),
      },
    ],
    perLabel: time.perLabel.map(({ label, kappa: value, reason }) => ({ name: label, value, reason })),
    confusion,
  };
}

function ofMoments({ pairs, toleranceMs }: Extract<TierAgreement, { kind: "point" }>): ShownAgreement {
  const known = pairs.flatMap(({ f1 }) => f1 ?? []);
  const mean = known.length === 0 ? null : known.reduce((a, b) => a + b) / known.length;
  return {
    headline: { name: "mean F1", value: mean },
    overall: [],
    pairs: [
      {
        caption: `Pairs: moments with the same label within ${toleranceMs} ms are one`,
        titles: ["matched", "first only", "second only", "F1", "second later by, ms"],
        main: "F1",
        pairs: pairs.map(({ a, b, matched, onlyA, onlyB, f1, meanOffsetMs, reason }) => ({
          ...{ a, b, reason },
          values: [matched, onlyA, onlyB, f1, meanOffsetMs === null ? null : Math.round(meanOffsetMs)],
        })),
      },
    ],
    perLabel: [],
  };
}

function ofValues({ icc, alpha, pairs }: Extract<TierAgreement, { kind: "trace" }>): ShownAgreement {
  return {
    headline: { name: "alpha (interval)", ...alpha },
    overall: [
      { name: "ICC(2,1), absolute agreement of one annotator", value: icc.icc21, reason: icc.reason },
      { name: "ICC(2,k), of their mean", value: icc.icc2k },
      { name: "ICC(3,1), consistency of one annotator", value: icc.icc31 },
      { name: "ICC(3,k), of their mean", value: icc.icc3k },
      { name: "Krippendorff's alpha, interval", ...alpha },
    ],
    pairs: [
      {
        ...{ caption: "Pairs", titles: ["values", "r", "concordance", "best lag, ms"], main: "concordance" },
        pairs: pairs.map(({ a, b, n, pearson, ccc, bestLagMs, reason }) => ({
          ...{ a, b, reason },
          values: [n, pearson, ccc, bestLagMs === null ? null : Math.round(bestLagMs)],
        })),
      },
    ],
    perLabel: [],
  };
}

/** Why something of it cannot be computed, each reason once. */
export function reasonsOf({ overall, pairs }: ShownAgreement): string[] {
  const all = [...overall, ...pairs.flatMap((table) => table.pairs)];
  return [...new Set(all.flatMap(({ reason }) => reason ?? []))];
}

/** The main figure of a pair. */
export function mainOf({ titles, main }: ShownPairs, { values }: ShownPair): number | null {
  return values[titles.indexOf(main)] ?? null;
}
