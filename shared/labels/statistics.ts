import type { Annotation } from "../protocol/labels.ts";
import type { LabelsDocument } from "./document.ts";
import { grouped, laneOf, roundMs } from "./edits.ts";

/** How often and for how long a label was given on a tier (of one face, on tiers that are one a face). */
export interface LabelStatistics {
  readonly tier: string;
  readonly face?: number;
  readonly label: string;
  readonly count: number;
  /** Start of the first. */
  readonly firstMs: number;
  /** Of those that last; absent for moments. */
  readonly lengths?: {
    readonly totalMs: number;
    readonly meanMs: number;
    readonly medianMs: number;
    readonly shortestMs: number;
    readonly longestMs: number;
    /** Of the clip; absent where its length is not known. */
    readonly share?: number;
  };
}

/** Counts and lengths by tier and label, in the order in which tiers and labels first come. */
export function labelStatistics({ head, annotations }: LabelsDocument): LabelStatistics[] {
  const lanes = grouped(annotations, laneOf);
  return [...lanes.values()].flatMap((lane) =>
    [...grouped(lane, ({ label }) => label).values()].map((all): LabelStatistics => {
      const [{ tier, face, label, startMs: firstMs }] = all as [Annotation];
      const lengths = lengthsOf(all, head.media.durationMs);
      return {
        ...{ tier, ...(face !== undefined && { face }), label, count: all.length, firstMs },
        ...(lengths !== undefined && { lengths }),
      };
    }),
  );
}

function lengthsOf(all: readonly Annotation[], durationMs: number): LabelStatistics["lengths"] {
  const sorted = all
    .flatMap(({ startMs, endMs }) => (endMs === undefined ? [] : [endMs - startMs]))
    .sort((a, b) => a - b);
  const n = sorted.length;
  if (n === 0) return undefined;
  const totalMs = roundMs(sorted.reduce((a, b) => a + b, 0));
  return {
    totalMs,
    meanMs: roundMs(totalMs / n),
    medianMs: roundMs((sorted[Math.floor((n - 1) / 2)]! + sorted[Math.floor(n / 2)]!) / 2),
    ...{ shortestMs: roundMs(sorted[0]!), longestMs: roundMs(sorted[n - 1]!) },
    ...(durationMs > 0 && { share: totalMs / durationMs }),
  };
}
