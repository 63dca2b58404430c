import { AppError } from "../../errors.ts";
import { holds, type Tier } from "../../protocol/scheme.ts";
import type { Segment } from "../../segments/segment.ts";
import { comparedLanes, type ComparedLane, type LabelledClip } from "../agreement/clips.ts";
import { intervalNote, methodOf, resampledBy } from "../agreement/resampledBy.ts";
import type { ResampledBy } from "../agreement/options.ts";
import type { LabelsDocument } from "../document.ts";
import { isExclusive } from "../scheme.ts";
import { isFor, sourceOf, type Source } from "../sources.ts";
import { eventScores, pointScores } from "./eventScores.ts";
import type { LabelsEvaluation, TierEvaluation } from "./figures.ts";
import { eventSources, type ModelClip } from "./modelReading.ts";
import { timeScores, type EvaluatedLane } from "./timeScores.ts";

/** A clip with its truth and what a model says of it. */
export interface EvaluatedClip {
  readonly clip: string;
  readonly durationMs: number;
  readonly gold: LabelsDocument;
  /** Absent where it cannot be read. */
  readonly tiers: readonly Tier[];
  readonly model: ModelClip;
}

export interface EvaluationOptions {
  readonly stepMs: number;
  /** Moments within this are the same. */
  readonly toleranceMs: number;
  readonly resamples: number;
  readonly seed: number;
  /** The tier alone that is asked for. */
  readonly tier?: string | undefined;
  /** The face for tiers that name none; the one seen in most frames by default. */
  readonly face?: number | undefined;
}

const goldName = "gold";

/**
 * A model against labels, tier by tier: over time, by segment and by moment. Time that gold does not label counts only for
 * events; what the model left open counts as an error.
 *
 * @throws AppError `not_found` for a tier or face that is not there, `not_enough_data` where no tier shares a label
 */
export function evaluateModel(clips: readonly EvaluatedClip[], options: EvaluationOptions): LabelsEvaluation {
  const notes: string[] = [];
  const labelled = new Map<LabelledClip, EvaluatedClip>(
    clips.map((one) => [
      { clip: one.clip, durationMs: one.durationMs, byAnnotator: new Map([[goldName, one.gold]]) },
      one,
    ]),
  );
  const by = resampledBy([...labelled.keys()], options);
  const tiers = tiersOf(clips, options.tier);
  const results = tiers.flatMap((tier) => tierEvaluation(tier, labelled, options, by, notes) ?? []);
  if (results.length === 0)
    throw new AppError(
      "not_enough_data",
      `No tier shares a label with the analysis. ${notes.join(" ")} Labels of the analysis: happy, sad, ...; blink; away.`,
    );
  return {
    stepMs: options.stepMs,
    clips: clips.map(({ clip, gold, model }) => {
      const face = faceOf(model, options.face, clip);
      return {
        ...{ clip, gold: gold.head.annotator, analysis: model.analysis },
        ...(face !== undefined && { face }),
      };
    }),
    intervals: methodOf(by),
    tiers: results,
    notes: [...faceNotes(clips, options.face), ...notes, intervalNote(by)],
  };
}

function tiersOf(clips: readonly EvaluatedClip[], asked: string | undefined): Tier[] {
  const tiers = new Map<string, Tier>();
  for (const tier of clips.flatMap((clip) => clip.tiers)) if (!tiers.has(tier.id)) tiers.set(tier.id, tier);
  if (asked === undefined) return [...tiers.values()];
  const tier = tiers.get(asked);
  if (tier === undefined)
    throw new AppError("not_found", `There is no tier ${asked}. Tiers: ${[...tiers.keys()].join(", ")}.`);
  return [tier];
}

function tierEvaluation(
  tier: Tier,
  labelled: ReadonlyMap<LabelledClip, EvaluatedClip>,
  options: EvaluationOptions,
  by: ResampledBy,
  notes: string[],
): TierEvaluation | undefined {
  const models = [...labelled.values()].map(({ model }) => model);
  const source = models.map(({ labels }) => sourceOf(tier, labels)).find((one) => one !== undefined);
  if (source === undefined) {
    notes.push(
      holds(tier) === "values"
        ? `Tier ${tier.id} is rated over time, which no network of an analysis does.`
        : `Tier ${tier.id} shares no label with the analysis.`,
    );
    return undefined;
  }
  const known = new Set(models.flatMap(({ labels }) => labels[source]));
  const labels = (tier.labels ?? [])
    .map(({ id }) => id)
    .filter((id) => known.has(id) && isFor(tier, source, id));
  const lanes = comparedLanes([...labelled.keys()], tier.id).map((lane) =>
    comparedLane(lane, labelled, source, options),
  );
  const calm = source === "voice" && !labels.includes("calm") && labels.includes("neutral");
  const compared = calm ? lanes.map(withoutCalm) : lanes;
  if (calm) notes.push(`Tier ${tier.id} has no calm: where the voice is calm it counts as neutral.`);
  const head = { tier: tier.id, source };
  if (holds(tier) === "moments")
    return { ...head, kind: "point", ...pointScores(compared, labels, options.toleranceMs) };
  const isEvent = eventSources.has(source);
  const { lackingSteps, ...time } = timeScores(compared, { labels, isEvent, stepMs: options.stepMs }, by);
  notes.push(...labelNotes(tier, source, labels, known, lackingSteps * options.stepMs, compared));
  return {
    ...head,
    kind: "interval",
    ...time,
    events: eventScores(compared, labels),
    ...(time.n === 0 && { reason: `Gold gives none of the labels ${labels.join(", ")} on this tier.` }),
  };
}

function comparedLane(
  { clip, face, byAnnotator }: ComparedLane,
  labelled: ReadonlyMap<LabelledClip, EvaluatedClip>,
  source: Source,
  options: EvaluationOptions,
): EvaluatedLane {
  const { model } = labelled.get(clip)!;
  return {
    ...{ clip: clip.clip, durationMs: clip.durationMs, gold: byAnnotator.get(goldName)! },
    model: model.reading(source, face ?? faceOf(model, options.face, clip.clip)),
  };
}

function faceOf({ faces }: ModelClip, asked: number | undefined, clip: string): number | undefined {
  if (asked !== undefined && !faces.includes(asked))
    throw new AppError(
      "not_found",
      `The analysis of ${clip} has no face ${asked}, but ${faces.join(", ") || "none"}.`,
    );
  return asked ?? faces[0];
}

function withoutCalm(lane: EvaluatedLane): EvaluatedLane {
  if (lane.model === undefined) return lane;
  const { samples, segments } = lane.model;
  return {
    ...lane,
    model: {
      samples: samples.map((sample) => {
        if (sample.probabilities === undefined) return sample;
        const { calm = 0, neutral = 0, ...others } = sample.probabilities;
        return { ...sample, probabilities: { ...others, neutral: neutral + calm } };
      }),
      segments: segments.map((one) => (one.label === "calm" ? { ...one, label: "neutral" } : one)),
    },
  };
}

function labelNotes(
  tier: Tier,
  source: Source,
  labels: readonly string[],
  known: ReadonlySet<string>,
  lackingMs: number,
  lanes: readonly EvaluatedLane[],
): string[] {
  const notes: string[] = [];
  const lacking = [...new Set(lanes.flatMap(({ gold }) => gold.map(({ label }) => label)))].filter(
    (label) => !labels.includes(label),
  );
  if (lacking.length > 0)
    notes.push(
      `Tier ${tier.id}: the analysis has no ${lacking.join(", ")}; ${lackingMs} ms with these labels were left out.`,
    );
  const unused = [...known].filter((label) => !labels.includes(label) && label !== "calm");
  if (!eventSources.has(source) && unused.length > 0)
    notes.push(
      `Tier ${tier.id} has no ${unused.join(", ")}: probabilities were renormalised over ${labels.join(", ")}.`,
    );
  if (!isExclusive(tier) && lanes.some(({ gold }) => overlaps(gold)))
    notes.push(`Tier ${tier.id}: where annotations overlap the one that began first counts.`);
  return notes;
}

function overlaps(segments: readonly Segment[]): boolean {
  let untilMs = -Infinity;
  return segments.some(({ startMs, endMs = startMs }) => {
    const over = startMs < untilMs;
    untilMs = Math.max(untilMs, endMs);
    return over;
  });
}

function faceNotes(clips: readonly EvaluatedClip[], asked: number | undefined): string[] {
  return clips.flatMap(({ clip, model: { faces } }) =>
    asked !== undefined || faces.length < 2
      ? []
      : [
          `${clip} shows ${faces.length} faces: tiers that name none are held against face ${faces[0]!}, seen in most frames.`,
        ],
  );
}
