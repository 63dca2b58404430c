import { nearest } from "../../nearest.ts";
import type { Annotation, LabelsHead } from "../../protocol/labels.ts";
import { holds, type Scheme, type Tier } from "../../protocol/scheme.ts";
import type { TimeIndex } from "../../segments/timeIndex.ts";
import { changeAnnotations, roundMs } from "../edits.ts";
import { labelOf, tierOf } from "../scheme.ts";
import { about, changed, only, removed, type LabelProblem, type ProblemFix } from "./problem.ts";

/** Times may lie this far past the end: a clip's length is known to a frame at best. */
const endToleranceMs = 100;
const frameMs = 40;
/** No more than so many other tiers or labels are offered. */
const maxOffered = 5;

/** Times that cannot be, or that the clip does not have. */
export function timeProblems(annotation: Annotation, { media }: LabelsHead): LabelProblem[] {
  const { startMs, endMs } = annotation;
  const found: LabelProblem[] = [];
  if (endMs !== undefined && endMs <= startMs)
    found.push(
      about(annotation, "end_before_start", `It ends at ${endMs} ms, not after its start at ${startMs} ms.`, [
        endMs < startMs
          ? changed("Swap start and end", annotation, { startMs: endMs, endMs: startMs })
          : changed(`Let it last ${frameMs} ms`, annotation, { endMs: startMs + frameMs }),
        removed(annotation),
      ]),
    );
  if (startMs < 0)
    found.push(
      about(annotation, "before_start", "It starts before the clip does.", [
        changed("Start with the clip", annotation, { startMs: 0 }),
        removed(annotation),
      ]),
    );
  const { durationMs } = media;
  if (durationMs > 0 && Math.max(startMs, endMs ?? startMs) > durationMs + endToleranceMs)
    found.push(
      about(annotation, "past_end", `It lies past the end of the clip at ${roundMs(durationMs)} ms.`, [
        ...(startMs < durationMs ? [changed("End with the clip", annotation, { endMs: durationMs })] : []),
        removed(annotation),
      ]),
    );
  return found;
}

/** What the scheme does not allow. @param byTier all annotations of each tier */
export function schemeProblems(
  annotation: Annotation,
  byTier: ReadonlyMap<string, TimeIndex<Annotation>>,
  scheme: Scheme,
): LabelProblem[] {
  const tier = tierOf(scheme, annotation.tier);
  if (tier === undefined) {
    const best = nearest(
      annotation.tier,
      scheme.tiers.map(({ id }) => id),
    );
    return [
      about(annotation, "unknown_tier", `The scheme has no tier ${annotation.tier}.`, [
        ...(best === undefined ? [] : [changed(`Move it to ${best}`, annotation, { tier: best })]),
        ...(best === undefined ? [] : [everyTier(annotation.tier, best)]),
        ...scheme.tiers
          .filter((other) => other.id !== best && holds(other) === heldAs(annotation))
          .slice(0, maxOffered)
          .map(({ id }) => changed(`Move it to ${id}`, annotation, { tier: id })),
        removed(annotation),
      ]),
    ];
  }
  return [
    ...kindProblems(annotation, tier),
    ...labelProblems(annotation, tier),
    ...lengthProblems(annotation, tier),
    ...parentProblems(annotation, tier, byTier),
  ];
}

const heldAs = ({ endMs }: Annotation): ReturnType<typeof holds> =>
  endMs === undefined ? "moments" : "stretches";

function everyTier(from: string, to: string): ProblemFix {
  return {
    title: `Move all of ${from} to ${to}`,
    apply: (document) => ({
      ...document,
      annotations: document.annotations.map((one) => (one.tier === from ? { ...one, tier: to } : one)),
    }),
  };
}

function kindProblems(annotation: Annotation, tier: Tier): LabelProblem[] {
  const { id } = tier;
  const held = holds(tier);
  const { startMs, endMs } = annotation;
  if (held === "moments" && endMs !== undefined)
    return [
      about(annotation, "wrong_kind", `The tier ${id} holds moments; this has an end.`, [
        {
          title: "Keep its start",
          apply: (d) => changeAnnotations(d, only(annotation.id), { endMs: undefined }),
        },
      ]),
    ];
  if (held === "stretches" && endMs === undefined)
    return [
      about(annotation, "wrong_kind", `The tier ${id} holds stretches of time; this has no end.`, [
        changed(`Let it last ${frameMs} ms`, annotation, { endMs: startMs + frameMs }),
      ]),
    ];
  if (held === "values")
    return [
      about(annotation, "wrong_kind", `The tier ${id} holds rated values, not annotations.`, [
        removed(annotation),
      ]),
    ];
  return [];
}

function labelProblems(annotation: Annotation, tier: Tier): LabelProblem[] {
  const { label, intensity } = annotation;
  const found: LabelProblem[] = [];
  if (labelOf(tier, label) === undefined) {
    const best = nearest(label, tier.labels?.map(({ id }) => id) ?? []);
    const replaced = (to: string): ProblemFix => ({
      title: `Replace every ${label} by ${to}`,
      apply: (document) => ({
        ...document,
        annotations: document.annotations.map((one) =>
          one.tier === tier.id && one.label === label ? { ...one, label: to } : one,
        ),
      }),
    });
    found.push(
      about(annotation, "unknown_label", `The tier ${tier.id} has no label ${label}.`, [
        ...(best === undefined
          ? []
          : [changed(`Replace it by ${best}`, annotation, { label: best }), replaced(best)]),
        ...(tier.labels ?? [])
          .filter(({ id }) => id !== best)
          .slice(0, maxOffered)
          .map(({ id }) => changed(`Replace it by ${id}`, annotation, { label: id })),
        removed(annotation),
      ]),
    );
  }
  if (intensity !== undefined && tier.intensity?.includes(intensity) !== true) {
    const best = nearest(intensity, tier.intensity ?? []);
    found.push(
      about(annotation, "unknown_intensity", `The tier ${tier.id} has no intensity ${intensity}.`, [
        ...(best === undefined ? [] : [changed(`Replace it by ${best}`, annotation, { intensity: best })]),
        {
          title: "Take the intensity away",
          apply: (d) => changeAnnotations(d, only(annotation.id), { intensity: undefined }),
        },
      ]),
    );
  }
  return found;
}

function lengthProblems(annotation: Annotation, { minimumMs, maximumMs }: Tier): LabelProblem[] {
  if (annotation.endMs === undefined) return [];
  const length = annotation.endMs - annotation.startMs;
  if (minimumMs !== undefined && length > 0 && length < minimumMs)
    return [
      about(
        annotation,
        "too_short",
        `It lasts ${roundMs(length)} ms; the scheme wants ${minimumMs} ms or more.`,
        [
          changed(`Let it last ${minimumMs} ms`, annotation, { endMs: annotation.startMs + minimumMs }),
          removed(annotation),
        ],
        "warning",
      ),
    ];
  if (maximumMs !== undefined && length > maximumMs)
    return [
      about(
        annotation,
        "too_long",
        `It lasts ${roundMs(length)} ms; the scheme wants ${maximumMs} ms or less.`,
        [
          changed(`End it after ${maximumMs} ms`, annotation, { endMs: annotation.startMs + maximumMs }),
          removed(annotation),
        ],
        "warning",
      ),
    ];
  return [];
}

function parentProblems(
  annotation: Annotation,
  { parent }: Tier,
  byTier: ReadonlyMap<string, TimeIndex<Annotation>>,
): LabelProblem[] {
  if (parent === undefined) return [];
  const { startMs, endMs = startMs, face } = annotation;
  const holder = byTier
    .get(parent)
    ?.holding(
      startMs,
      endMs,
      (other) => face === undefined || other.face === undefined || other.face === face,
    );
  return holder !== undefined
    ? []
    : [
        about(
          annotation,
          "outside_parent",
          `It lies inside no annotation of the tier ${parent}.`,
          [removed(annotation)],
          "warning",
        ),
      ];
}
