import type { ClassScore, ReliabilityBin } from "../../stats/classification.ts";
import type { Interval } from "../../stats/intervals.ts";
import type { IntervalMethod } from "../../protocol/agreement.ts";
import type { Source } from "../sources.ts";

/** What `edin labels evaluate` computes. A value that cannot be computed is null, and `reason` says why. */

export interface EventScores {
  readonly gold: number;
  readonly model: number;
  readonly matched: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

export interface IntervalTierEvaluation {
  readonly tier: string;
  readonly kind: "interval";
  readonly source: Source;
  /** Labels that the tier and the source share; of events also `(none)`, time without one. */
  readonly labels: readonly string[];
  /** Steps that gold gave one of these labels. */
  readonly n: number;
  /** Steps of those in which the model had something to say: a trusted face, a voice. */
  readonly covered: number;
  readonly coverage: number | null;
  readonly accuracy: number | null;
  readonly accuracyInterval: Interval | null;
  /** Cohen's; what the model left open is an answer of its own. */
  readonly kappa: number | null;
  readonly kappaInterval: Interval | null;
  readonly uar: number | null;
  readonly uarInterval: Interval | null;
  readonly macroF1: number | null;
  readonly macroF1Interval: Interval | null;
  /** What always saying the most frequent label of gold would reach. */
  readonly majorityBaseline: number | null;
  readonly perClass: Readonly<Record<string, ClassScore>>;
  /** Rows: gold in the order of `labels`; columns: the model, and last what it left open. In steps. */
  readonly confusion: {
    readonly columns: readonly string[];
    readonly counts: readonly (readonly number[])[];
  };
  /** Expected calibration error over the steps that are covered; null for events, which carry no probability. */
  readonly ece: number | null;
  readonly reliability: readonly ReliabilityBin[];
  readonly events: EventScores & {
    /** Intersection over union that makes two segments with the same label one. */
    readonly iou: number;
    readonly perLabel: readonly (EventScores & { readonly label: string })[];
  };
  readonly reason?: string;
}

export interface PointTierEvaluation extends EventScores {
  readonly tier: string;
  readonly kind: "point";
  readonly source: Source;
  readonly toleranceMs: number;
  /** Above 0 where the model is later. */
  readonly meanOffsetMs: number | null;
  readonly reason?: string;
}

export type TierEvaluation = IntervalTierEvaluation | PointTierEvaluation;

export interface EvaluatedClipName {
  readonly clip: string;
  /** Whose labels are the truth. */
  readonly gold: string;
  readonly analysis: string;
  /** The face that tiers without faces are held against. */
  readonly face?: number;
}

export interface LabelsEvaluation {
  readonly stepMs: number;
  readonly clips: readonly EvaluatedClipName[];
  readonly intervals: IntervalMethod;
  readonly tiers: readonly TierEvaluation[];
  /** What a reader should know, in sentences. */
  readonly notes: readonly string[];
}
