import { nearest } from "../nearest.ts";
import type { Annotation, LabelsHead } from "../protocol/labels.ts";
import type { Scheme, Tier } from "../protocol/scheme.ts";
import type { LabelsDocument, ListName } from "./document.ts";
import {
  changeAnnotations,
  grouped,
  laneOf,
  newId,
  removeAnnotations,
  roundMs,
  splitAnnotations,
} from "./edits.ts";
import { isExclusive, labelOf, schemeFingerprint, tierOf } from "./scheme.ts";

export type ProblemCode =
  | "overlap"
  | "end_before_start"
  | "before_start"
  | "past_end"
  | "unknown_tier"
  | "unknown_label"
  | "unknown_intensity"
  | "wrong_kind"
  | "outside_parent"
  | "too_short"
  | "too_long"
  | "out_of_range"
  | "double_id"
  | "unreadable"
  | "clip_missing"
  | "clip_changed"
  | "scheme_missing"
  | "scheme_changed"
  | "same_annotator";

export interface ProblemFix {
  readonly title: string;
  readonly apply: (document: LabelsDocument) => LabelsDocument;
}

/** Something wrong in a labels file. Nothing is ever taken away by itself. */
export interface LabelProblem {
  readonly code: ProblemCode;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** The field of the heading, or the entry of a list: its id, and which of those with that id (from 0). */
  readonly at:
    { readonly field: string } | { readonly list: ListName; readonly id?: string; readonly nth: number };
  readonly fixes: readonly ProblemFix[];
}

/** What is known beyond the file itself. */
export interface LabelFacts {
  /** Absent where it cannot be read; then `schemeProblem` says why. */
  readonly scheme?: Scheme;
  readonly schemeProblem?: string;
  readonly clip?: "missing" | { readonly sha256?: string; readonly durationMs?: number };
  /** Other files of the same clip and annotator. */
  readonly twins?: readonly string[];
}

/** Times may lie this far past the end: a clip's length is known to a frame at best. */
const endToleranceMs = 100;
const frameMs = 40;

/** Everything that is wrong in a labels file, by itself and against its scheme and clip. */
export function checkLabels(document: LabelsDocument, facts: LabelFacts): LabelProblem[] {
  return [
    ...headProblems(document.head, facts),
    ...document.unreadable.map(({ list }, nth): LabelProblem => ({
      code: "unreadable",
      severity: "error",
      message: "This entry is no annotation: it lacks an id, tier, startMs or label. It is kept as it is.",
      at: { list, nth },
      fixes: [],
    })),
    ...doubleIds(document),
    ...document.annotations.flatMap((annotation) => [
      ...timeProblems(annotation, document.head),
      ...(facts.scheme === undefined ? [] : schemeProblems(annotation, document, facts.scheme)),
    ]),
    ...(facts.scheme === undefined ? [] : overlaps(document, facts.scheme)),
    ...(facts.scheme === undefined ? [] : traceProblems(document, facts.scheme)),
  ];
}

const only = (id: string): ReadonlySet<string> => new Set([id]);

function changed(title: string, { id }: Annotation, change: Partial<Annotation>): ProblemFix {
  return { title, apply: (document) => changeAnnotations(document, only(id), change) };
}

function removed({ id }: Annotation): ProblemFix {
  return { title: "Remove this annotation", apply: (document) => removeAnnotations(document, only(id)) };
}

function about(
  { id }: Annotation,
  code: ProblemCode,
  message: string,
  fixes: readonly ProblemFix[],
  severity: "error" | "warning" = "error",
): LabelProblem {
  return { code, severity, message, at: { list: "annotations", id, nth: 0 }, fixes };
}

function withHead(title: string, change: (head: LabelsHead) => Partial<LabelsHead>): ProblemFix {
  return {
    title,
    apply: (document) => ({ ...document, head: { ...document.head, ...change(document.head) } }),
  };
}

function headProblems(
  head: LabelsHead,
  { scheme, schemeProblem, clip, twins = [] }: LabelFacts,
): LabelProblem[] {
  const found: LabelProblem[] = [];
  const tell = (
    code: ProblemCode,
    field: string,
    message: string,
    fixes: ProblemFix[] = [],
    severity: "error" | "warning" = "warning",
  ) => found.push({ code, severity, message, at: { field }, fixes });
  if (clip === "missing")
    tell(
      "clip_missing",
      "media",
      `The clip ${head.media.file} is not there. Put it beside this file, or correct its name.`,
    );
  else if (clip?.sha256 !== undefined && head.media.sha256 !== undefined && clip.sha256 !== head.media.sha256)
    tell(
      "clip_changed",
      "media",
      `${head.media.file} is not the clip that was labelled: its content changed. Times may no longer fit.`,
      [
        withHead("Take the clip as it is now", ({ media }) => ({
          media: { ...media, ...clip, durationMs: clip.durationMs ?? media.durationMs },
        })),
      ],
    );
  if (scheme === undefined)
    tell("scheme_missing", "scheme", schemeProblem ?? "The scheme cannot be read.", [], "error");
  else if (head.schemeFingerprint !== undefined && head.schemeFingerprint !== schemeFingerprint(scheme))
    tell(
      "scheme_changed",
      "scheme",
      "The scheme's tiers or labels changed since these labels were made. Look whether they still fit.",
      [
        withHead("Take the scheme as it is now", () => ({
          schemeFingerprint: schemeFingerprint(scheme),
        })),
      ],
    );
  if (twins.length > 0)
    tell(
      "same_annotator",
      "annotator",
      `${twins.join(", ")} is of the same annotator and clip. Agreement takes each annotator once.`,
      [withHead(`Call this annotator ${head.annotator}-2`, () => ({ annotator: `${head.annotator}-2` }))],
    );
  return found;
}

/** The second annotation with an id gets another one. Ids name what an edit means, so this comes first. */
function doubleIds({ annotations }: LabelsDocument): LabelProblem[] {
  return [...grouped(annotations, ({ id }) => id)].flatMap(([id, same]) =>
    same.slice(1).map((_, i): LabelProblem => ({
      code: "double_id",
      severity: "error",
      message: `Another annotation has the id ${id} too.`,
      at: { list: "annotations", id, nth: i + 1 },
      fixes: [
        {
          title: "Give it an id of its own",
          apply: (document) => {
            let seen = 0;
            return {
              ...document,
              annotations: document.annotations.map((one) =>
                one.id === id && seen++ === i + 1 ? { ...one, id: newId(document) } : one,
              ),
            };
          },
        },
      ],
    })),
  );
}

function timeProblems(annotation: Annotation, { media }: LabelsHead): LabelProblem[] {
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

function schemeProblems(annotation: Annotation, document: LabelsDocument, scheme: Scheme): LabelProblem[] {
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
      ]),
    ];
  }
  return [
    ...kindProblems(annotation, tier),
    ...labelProblems(annotation, tier),
    ...lengthProblems(annotation, tier),
    ...parentProblems(annotation, tier, document),
  ];
}

function everyTier(from: string, to: string): ProblemFix {
  return {
    title: `Move all of ${from} to ${to}`,
    apply: (document) => ({
      ...document,
      annotations: document.annotations.map((one) => (one.tier === from ? { ...one, tier: to } : one)),
    }),
  };
}

function kindProblems(annotation: Annotation, { id, kind }: Tier): LabelProblem[] {
  const { startMs, endMs } = annotation;
  if (kind === "point" && endMs !== undefined)
    return [
      about(annotation, "wrong_kind", `The tier ${id} holds moments; this has an end.`, [
        {
          title: "Keep its start",
          apply: (d) => changeAnnotations(d, only(annotation.id), { endMs: undefined }),
        },
      ]),
    ];
  if (kind === "interval" && endMs === undefined)
    return [
      about(annotation, "wrong_kind", `The tier ${id} holds stretches of time; this has no end.`, [
        changed(`Let it last ${frameMs} ms`, annotation, { endMs: startMs + frameMs }),
      ]),
    ];
  if (kind === "trace")
    return [about(annotation, "wrong_kind", `The tier ${id} holds rated values, not annotations.`, [])];
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
        [],
        "warning",
      ),
    ];
  if (maximumMs !== undefined && length > maximumMs)
    return [
      about(
        annotation,
        "too_long",
        `It lasts ${roundMs(length)} ms; the scheme wants ${maximumMs} ms or less.`,
        [],
        "warning",
      ),
    ];
  return [];
}

function parentProblems(
  annotation: Annotation,
  { parent }: Tier,
  { annotations }: LabelsDocument,
): LabelProblem[] {
  if (parent === undefined) return [];
  const { startMs, endMs = startMs, face } = annotation;
  const inside = annotations.some(
    (other) =>
      other.tier === parent &&
      (face === undefined || other.face === undefined || other.face === face) &&
      other.startMs <= startMs &&
      (other.endMs ?? other.startMs) >= endMs,
  );
  return inside
    ? []
    : [
        about(
          annotation,
          "outside_parent",
          `It lies inside no annotation of the tier ${parent}.`,
          [],
          "warning",
        ),
      ];
}

function overlaps({ annotations }: LabelsDocument, scheme: Scheme): LabelProblem[] {
  const found: LabelProblem[] = [];
  for (const lane of grouped(annotations, laneOf).values()) {
    const tier = tierOf(scheme, lane[0]!.tier);
    if (tier === undefined || !isExclusive(tier)) continue;
    let before: Annotation | undefined;
    for (const annotation of lane) {
      const { startMs, endMs } = annotation;
      if (endMs === undefined || endMs <= startMs) continue;
      if (before?.endMs !== undefined && startMs < before.endMs)
        found.push(
          about(
            annotation,
            "overlap",
            `It overlaps ${before.label} (${before.startMs} to ${before.endMs} ms) on the exclusive tier ${tier.id}.`,
            overlapFixes(before, annotation),
          ),
        );
      if (before?.endMs === undefined || endMs > before.endMs) before = annotation;
    }
  }
  return found;
}

function overlapFixes(before: Annotation, after: Annotation): ProblemFix[] {
  const within = after.endMs! < before.endMs!;
  return [
    ...(before.startMs < after.startMs && !within
      ? [changed(`End ${before.label} where ${after.label} begins`, before, { endMs: after.startMs })]
      : []),
    ...(!within && before.endMs! < after.endMs!
      ? [changed(`Begin ${after.label} where ${before.label} ends`, after, { startMs: before.endMs! })]
      : []),
    ...(within && before.startMs < after.startMs
      ? [
          {
            title: `Cut ${before.label} around ${after.label}`,
            apply: (document: LabelsDocument) => cutAround(document, before, after),
          },
        ]
      : []),
    removed(after),
  ];
}

function cutAround(document: LabelsDocument, long: Annotation, inside: Annotation): LabelsDocument {
  const split = splitAnnotations(document, only(long.id), inside.endMs!);
  return changeAnnotations(split, only(long.id), { endMs: inside.startMs });
}

function traceProblems({ traces }: LabelsDocument, scheme: Scheme): LabelProblem[] {
  return traces.flatMap((trace, nth): LabelProblem[] => {
    const tier = tierOf(scheme, trace.tier);
    const tell = (code: ProblemCode, message: string, severity: "error" | "warning"): LabelProblem => ({
      code,
      severity,
      message,
      at: { list: "traces", nth },
      fixes: [],
    });
    if (tier === undefined) return [tell("unknown_tier", `The scheme has no tier ${trace.tier}.`, "error")];
    if (tier.kind !== "trace")
      return [tell("wrong_kind", `The tier ${tier.id} holds no rated values.`, "error")];
    const { minimum = 0, maximum = 1 } = tier;
    const outside = trace.values.filter(
      (value) => value !== null && (value < minimum || value > maximum),
    ).length;
    return outside === 0
      ? []
      : [tell("out_of_range", `${outside} values lie outside ${minimum} to ${maximum}.`, "warning")];
  });
}
