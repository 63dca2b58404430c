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
  /** In the order of the columns. */
  readonly values: readonly (number | null)[];
  readonly interval?: readonly [number, number] | null;
  readonly reason?: string | undefined;
}

/** A figure that is said of each pair. */
export interface ShownColumn {
  readonly title: string;
  /** A number of things or of milliseconds, without a fraction. */
  readonly whole: boolean;
}

const figures = (...titles: string[]): ShownColumn[] => titles.map((title) => ({ title, whole: false }));
const wholes = (...titles: string[]): ShownColumn[] => titles.map((title) => ({ title, whole: true }));

/** Pairs of annotators by the same figures. */
export interface ShownPairs {
  readonly caption: string;
  readonly columns: readonly ShownColumn[];
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
        ...{ caption: "Pairs, over time", main: "kappa" },
        columns: [...wholes("steps"), ...figures("agreement", "kappa")],
        pairs: time.pairs.map(({ a, b, n, agreement, kappa: value, interval, reason }) => ({
          ...{ a, b, values: [n, agreement, value], interval, reason },
        })),
      },
      {
        ...{ caption: "Pairs, by annotation", main: "event F1" },
        columns: [
          ...wholes("matched", "first only", "second only"),
          ...figures("agreement", "kappa", "kappa with unmatched", "event F1"),
        ],
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
        columns: [
          ...wholes("matched", "first only", "second only"),
          ...figures("F1"),
          ...wholes("second later by, ms"),
        ],
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
        ...{ caption: "Pairs", main: "concordance" },
        columns: [...wholes("values"), ...figures("r", "concordance"), ...wholes("best lag, ms")],
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
export function mainOf({ columns, main }: ShownPairs, { values }: ShownPair): number | null {
  return values[columns.findIndex(({ title }) => title === main)] ?? null;
}
