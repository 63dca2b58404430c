import type { Tier } from "../../protocol/scheme.ts";
import { labelledSet, lanesOf, type LabelledClip, type LabelledFile } from "./clips.ts";
import { eventAgreement, intervals } from "./events.ts";
import type { Agreement, IntervalMethod, TierAgreement } from "./figures.ts";
import { defaultOptions, type AgreementOptions, type ResampledBy } from "./options.ts";
import { pointAgreement } from "./points.ts";
import { timeAgreement } from "./overTime.ts";
import { traceAgreement } from "./traces.ts";

/** Pieces of time that make up a block. */
const piecesPerBlock = 8;
const minBlockMs = 1000;

/**
 * Agreement of annotators over clips, tier by tier (LABELS: time, events, moments, traces). Intervals draw clips with
 * replacement; with one clip, blocks of time.
 *
 * @param tierId of the one tier that is asked for
 * @throws AppError `conflict` or `not_enough_data`, see {@link labelledSet}
 */
export function agree(
  files: readonly LabelledFile[],
  options: Partial<AgreementOptions> = {},
  tierId?: string,
): Agreement {
  const all = { ...defaultOptions, ...options };
  const set = labelledSet(files);
  const tiers = tierId === undefined ? set.tiers : set.tiers.filter(({ id }) => id === tierId);
  const by = resampledBy(set.clips, all);
  // Of each clip by itself the values alone: intervals and gamma are for what is reported.
  const alone = { ...by, plan: { ...by.plan, draws: 0 } };
  const byTier = (clips: readonly LabelledClip[], annotators: readonly string[], drawn: ResampledBy) =>
    tiers.map((tier) => tierAgreement(tier, clips, annotators, all, drawn));
  return {
    stepMs: all.stepMs,
    unlabelled: all.unlabelled,
    clips: set.clips.map(({ clip }) => clip),
    annotators: set.annotators,
    intervals: methodOf(by),
    tiers: byTier(set.clips, set.annotators, by),
    ...(set.clips.length > 1 && {
      byClip: set.clips.map((clip) => {
        const annotators = [...clip.byAnnotator.keys()].sort();
        return { clip: clip.clip, annotators, tiers: byTier([clip], annotators, alone) };
      }),
    }),
    notes: [
      ...set.notes,
      set.clips.length > 1
        ? `Intervals: ${all.resamples} resamples of clips.`
        : `Intervals: one clip, so ${all.resamples} resamples of blocks of ${by.pieceMs * by.plan.blockLength} ms; they tell of this clip alone.`,
    ],
  };
}

function tierAgreement(
  tier: Tier,
  clips: readonly LabelledClip[],
  annotators: readonly string[],
  options: AgreementOptions,
  by: ResampledBy,
): TierAgreement {
  const lanes = lanesOf(clips, tier.id);
  switch (tier.kind) {
    case "interval":
      return {
        tier: tier.id,
        kind: "interval",
        ...timeAgreement(tier, lanes, { annotators }, options, by),
        events: eventAgreement(lanes, annotators, options, by),
      };
    case "point":
      return {
        tier: tier.id,
        kind: "point",
        toleranceMs: options.toleranceMs,
        pairs: pointAgreement(lanes, annotators, options.toleranceMs),
      };
    case "trace":
      return { tier: tier.id, kind: "trace", ...traceAgreement(tier.id, clips, annotators, by) };
  }
}

/**
 * Clips, or with one clip blocks of time: as long as the cube root of the number of annotations, in their mean length, so
 * that blocks grow more slowly than what is drawn from (Hall, Horowitz and Jing 1995).
 */
function resampledBy(clips: readonly LabelledClip[], { resamples, seed }: AgreementOptions): ResampledBy {
  const common = { draws: resamples, seed };
  const [only, ...others] = clips;
  if (only === undefined || others.length > 0)
    return { plan: { method: "parts", blockLength: 1, ...common }, pieceMs: 1 };
  const all = [...only.byAnnotator.values()].flatMap(({ annotations }) => intervals(annotations));
  const perAnnotator = all.length / only.byAnnotator.size;
  const meanMs =
    all.length === 0 ? 1000 : all.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) / all.length;
  const wanted = Math.max(minBlockMs, meanMs * Math.cbrt(Math.max(1, perAnnotator)));
  const blockMs = Math.min(wanted, only.durationMs / 4);
  const pieceMs = Math.max(1, Math.round(blockMs / piecesPerBlock));
  return { plan: { method: "blocks", blockLength: piecesPerBlock, ...common }, pieceMs };
}

function methodOf({ plan, pieceMs }: ResampledBy): IntervalMethod {
  const { draws, seed } = plan;
  return plan.method === "parts"
    ? { method: "clips", resamples: draws, seed }
    : { method: "blocks of time", blockMs: pieceMs * plan.blockLength, resamples: draws, seed };
}
