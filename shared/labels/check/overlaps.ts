import type { Annotation } from "../../protocol/labels.ts";
import type { Scheme } from "../../protocol/scheme.ts";
import type { LabelsDocument } from "../document.ts";
import { changeAnnotations, grouped, laneOf, splitAnnotations } from "../edits.ts";
import { isExclusive, tierOf } from "../scheme.ts";
import { about, changed, only, removed, type LabelProblem, type ProblemFix } from "./problem.ts";

/** Annotations of exclusive tiers that share time. */
export function overlaps({ annotations }: LabelsDocument, scheme: Scheme): LabelProblem[] {
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
