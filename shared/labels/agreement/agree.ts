import { holds, type Tier } from "../../protocol/scheme.ts";
import { labelledSet, comparedLanes, type LabelledClip, type ComparedFile } from "./clips.ts";
import { eventAgreement } from "./events.ts";
import type { Agreement, TierAgreement } from "../../protocol/agreement.ts";
import { defaultOptions, type AgreementOptions, type ResampledBy } from "./options.ts";
import { pointAgreement } from "./points.ts";
import { timeAgreement } from "./overTime.ts";
import { intervalNote, methodOf, resampledBy } from "./resampledBy.ts";
import { traceAgreement } from "./traces.ts";

/**
 * Agreement of annotators over clips, tier by tier (LABELS: time, events, moments, traces). Intervals draw clips with
 * replacement; with one clip, blocks of time.
 *
 * @param tierId of the one tier that is asked for
 * @throws AppError `conflict` or `not_enough_data`, see {@link labelledSet}
 */
export function agree(
  files: readonly ComparedFile[],
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
    notes: [...set.notes, intervalNote(by)],
  };
}

function tierAgreement(
  tier: Tier,
  clips: readonly LabelledClip[],
  annotators: readonly string[],
  options: AgreementOptions,
  by: ResampledBy,
): TierAgreement {
  const lanes = comparedLanes(clips, tier.id);
  switch (holds(tier)) {
    case "stretches":
      return {
        tier: tier.id,
        kind: "interval",
        ...timeAgreement(tier, lanes, { annotators }, options, by),
        events: eventAgreement(lanes, annotators, options, by),
      };
    case "moments":
      return {
        tier: tier.id,
        kind: "point",
        toleranceMs: options.toleranceMs,
        pairs: pointAgreement(lanes, annotators, options.toleranceMs),
      };
    case "values":
      return { tier: tier.id, kind: "trace", ...traceAgreement(tier.id, clips, annotators, by) };
  }
}
