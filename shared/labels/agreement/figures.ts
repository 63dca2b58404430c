import type { Interval } from "../../stats/intervals.ts";

/** What `edin labels agreement` computes. A value that cannot be computed is null, and `reason` says why. */

export interface Figure {
  readonly value: number | null;
  readonly interval: Interval | null;
  readonly reason?: string;
}

export interface TimePair {
  readonly a: string;
  readonly b: string;
  /** Steps that both labelled. */
  readonly n: number;
  readonly agreement: number | null;
  readonly kappa: number | null;
  readonly interval: Interval | null;
  readonly reason?: string;
}

export interface EventPair {
  readonly a: string;
  readonly b: string;
  readonly matched: number;
  readonly unmatchedA: number;
  readonly unmatchedB: number;
  /** Share of the matched annotations with the same label. */
  readonly agreement: number | null;
  /** Of the matched ones. */
  readonly kappa: number | null;
  /** With unmatched ones as a label of their own. */
  readonly kappaWithUnmatched: number | null;
  /** Of annotations with the same label whose intersection is half of their union or more. */
  readonly f1At50: number | null;
  readonly reason?: string;
}

export interface IntervalTierAgreement {
  readonly tier: string;
  readonly kind: "interval";
  readonly time: {
    readonly pairs: readonly TimePair[];
    readonly fleiss: {
      readonly kappa: number | null;
      readonly interval: Interval | null;
      readonly reason?: string;
    };
    readonly alpha: Figure;
    readonly perLabel: readonly {
      readonly label: string;
      readonly kappa: number | null;
      readonly reason?: string;
    }[];
  };
  readonly events: {
    /** Of the longer one, that makes two annotations match. */
    readonly overlap: number;
    readonly pairs: readonly EventPair[];
    readonly gamma: Figure;
  };
  /** Rows: the first of each pair in alphabetical order; columns: the second; steps of time over all pairs. */
  readonly confusion: { readonly labels: readonly string[]; readonly counts: readonly (readonly number[])[] };
}

export interface PointPair {
  readonly a: string;
  readonly b: string;
  readonly matched: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly f1: number | null;
  /** Above 0 where b is later. */
  readonly meanOffsetMs: number | null;
  readonly reason?: string;
}

export interface PointTierAgreement {
  readonly tier: string;
  readonly kind: "point";
  readonly toleranceMs: number;
  readonly pairs: readonly PointPair[];
}

export interface TracePair {
  readonly a: string;
  readonly b: string;
  readonly n: number;
  readonly pearson: number | null;
  readonly ccc: number | null;
  /** Above 0 where b is later. */
  readonly bestLagMs: number | null;
  readonly reason?: string;
}

export interface TraceTierAgreement {
  readonly tier: string;
  readonly kind: "trace";
  readonly icc: {
    readonly icc21: number | null;
    readonly icc2k: number | null;
    readonly icc31: number | null;
    readonly icc3k: number | null;
    readonly reason?: string;
  };
  readonly alpha: Figure;
  readonly pairs: readonly TracePair[];
}

export type TierAgreement = IntervalTierAgreement | PointTierAgreement | TraceTierAgreement;

/** How the intervals were drawn. */
export interface IntervalMethod {
  readonly method: "clips" | "blocks of time" | "none";
  /** Of a block. */
  readonly blockMs?: number;
  readonly resamples: number;
  readonly seed: number;
}

export interface Agreement {
  readonly stepMs: number;
  /** Time without an annotation: a category `(none)`, or left out. */
  readonly unlabelled: "category" | "missing";
  readonly clips: readonly string[];
  readonly annotators: readonly string[];
  readonly intervals: IntervalMethod;
  readonly tiers: readonly TierAgreement[];
  /** The same for each clip by itself; absent where there is one. */
  readonly byClip?: readonly {
    readonly clip: string;
    readonly annotators: readonly string[];
    readonly tiers: readonly TierAgreement[];
  }[];
  /** What a reader should know, in sentences. */
  readonly notes: readonly string[];
}
