import type { IntervalMethod } from "../../protocol/agreement.ts";
import { stretchesOf } from "../../segments/segment.ts";
import type { LabelledClip } from "./clips.ts";
import type { AgreementOptions, ResampledBy } from "./options.ts";

/** Pieces of time that make up a block. */
const piecesPerBlock = 8;
const minBlockMs = 1000;

/**
 * Clips, or with one clip blocks of time: as long as the cube root of the number of annotations, in their mean length, so
 * that blocks grow more slowly than what is drawn from (Hall, Horowitz and Jing 1995).
 */
export function resampledBy(
  clips: readonly LabelledClip[],
  { resamples, seed }: Pick<AgreementOptions, "resamples" | "seed">,
): ResampledBy {
  const common = { draws: resamples, seed };
  const [only, ...others] = clips;
  if (only === undefined || others.length > 0)
    return { plan: { method: "parts", blockLength: 1, ...common }, pieceMs: 1 };
  const all = [...only.byAnnotator.values()].flatMap(({ annotations }) => stretchesOf(annotations));
  const perAnnotator = all.length / only.byAnnotator.size;
  const meanMs =
    all.length === 0 ? 1000 : all.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) / all.length;
  const wanted = Math.max(minBlockMs, meanMs * Math.cbrt(Math.max(1, perAnnotator)));
  const blockMs = Math.min(wanted, only.durationMs / 4);
  const pieceMs = Math.max(1, Math.round(blockMs / piecesPerBlock));
  return { plan: { method: "blocks", blockLength: piecesPerBlock, ...common }, pieceMs };
}

/** How intervals were resampled, for the report. */
export function methodOf({ plan, pieceMs }: ResampledBy): IntervalMethod {
  const { draws, seed } = plan;
  return plan.method === "parts"
    ? { method: "clips", resamples: draws, seed }
    : { method: "blocks of time", blockMs: pieceMs * plan.blockLength, resamples: draws, seed };
}

/** A sentence that says how the intervals were drawn. */
export function intervalNote({ plan, pieceMs }: ResampledBy): string {
  return plan.method === "parts"
    ? `Intervals: ${plan.draws} resamples of clips.`
    : `Intervals: one clip, so ${plan.draws} resamples of blocks of ${pieceMs * plan.blockLength} ms; they tell of this clip alone.`;
}
