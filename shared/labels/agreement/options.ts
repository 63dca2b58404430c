import type { ResamplingPlan } from "../../stats/resampling.ts";

export interface AgreementOptions {
  readonly stepMs: number;
  /** Time without an annotation: a category of its own, or left out. */
  readonly unlabelled: "category" | "missing";
  /** Moments of two annotators within this are the same. */
  readonly toleranceMs: number;
  readonly resamples: number;
  readonly seed: number;
  /** Computes gamma however many annotations there are. */
  readonly gammaAlways: boolean;
}

export const defaultOptions: AgreementOptions = {
  stepMs: 10,
  unlabelled: "category",
  toleranceMs: 200,
  resamples: 1000,
  seed: 1,
  gammaAlways: false,
};

/** How the intervals of a tier are drawn. */
export interface ResampledBy {
  readonly plan: ResamplingPlan;
  /** Length of a piece of time, `plan.blockLength` of which are a block. */
  readonly pieceMs: number;
}
