import type { Annotation } from "../protocol/labels.ts";
import { holds, type Scheme } from "../protocol/scheme.ts";
import { comparedLanes, type LabelledClip } from "./agreement/clips.ts";
import { consensus } from "./dataset/consensus.ts";
import { byStart, type LabelsDocument } from "./document.ts";
import { newAnnotationId } from "./edits.ts";
import { newLabels } from "./newFile.ts";

export interface Colleague {
  readonly annotator: string;
  readonly document: LabelsDocument;
}

/** Names an annotation of a colleague in `decided.of`. */
export function nameOf(annotator: string, id: string): string {
  return `${annotator}/${id}`;
}

/**
 * The file in which differences of annotators are settled. What all of them say stands in it already, as decided by all.
 *
 * @param by who settles
 */
export function newGold(
  colleagues: readonly Colleague[],
  scheme: Scheme,
  by: string,
  at: string,
): LabelsDocument {
  const [first] = colleagues;
  const { media, scheme: given } = first!.document.head;
  const empty = newLabels({
    ...{ clip: media.file, annotator: by, scheme: given as string | Scheme, read: scheme },
    media: { durationMs: media.durationMs, ...(media.sha256 !== undefined && { sha256: media.sha256 }) },
  });
  let gold: LabelsDocument = {
    ...empty,
    // Who settles has to see colleagues.
    head: { ...empty.head, gold: true, blind: undefined },
  };
  const clip: LabelledClip = {
    ...{ clip: media.file, durationMs: media.durationMs },
    byAnnotator: new Map(colleagues.map(({ annotator, document }) => [annotator, document])),
  };
  const all = colleagues.map(({ annotator }) => annotator);
  for (const { id: tier } of scheme.tiers.filter((one) => holds(one) === "stretches")) {
    for (const { face, byAnnotator } of comparedLanes([clip], tier))
      for (const { startMs, endMs, label, agreement } of consensus([...byAnnotator.values()])) {
        if (agreement < 1 || colleagues.length < 2) continue;
        const of = all.flatMap((annotator) =>
          byAnnotator
            .get(annotator)!
            .filter((one) => one.startMs < endMs && (one.endMs ?? 0) > startMs)
            .map(({ id }) => nameOf(annotator, id)),
        );
        const annotation: Annotation = {
          ...{ id: newAnnotationId(gold), tier, ...(face !== undefined && { face }), startMs, endMs, label },
          decided: { by: all.join(", "), at, of },
        };
        gold = { ...gold, annotations: [...gold.annotations, annotation].sort(byStart) };
      }
  }
  return gold;
}

/** Signs what an edit of a gold file made or changed, so that it records who decided. */
export function signed(
  before: LabelsDocument,
  after: LabelsDocument,
  by: string,
  at: string,
): LabelsDocument {
  const known = new Map(before.annotations.map((one) => [one.id, one]));
  const annotations = after.annotations.map((one) => {
    const was = known.get(one.id);
    // An edit may make a copy without a change.
    if (was === one || (was !== undefined && JSON.stringify(was) === JSON.stringify(one))) return one;
    const of = one.decided?.of;
    return { ...one, decided: { by, at, ...(of !== undefined && { of }) } };
  });
  return { ...after, annotations };
}

/** An annotation of a colleague, to be taken, corrected or refused. */
export interface ColleagueAnnotation {
  readonly annotator: string;
  readonly annotation: Annotation;
}

/** From this share on what gold says there settles a colleague's annotation. */
const minCovered = 0.6;
const sameMomentMs = 200;

/** Whether gold says something about the time of a colleague's annotation, or refused it. */
export function isSettled(gold: LabelsDocument, { annotator, annotation }: ColleagueAnnotation): boolean {
  const name = nameOf(annotator, annotation.id);
  if ([...gold.annotations, ...gold.refused].some(({ decided }) => decided?.of?.includes(name) === true))
    return true;
  const { tier, face, startMs, endMs } = annotation;
  const same = gold.annotations.filter((one) => one.tier === tier && one.face === face);
  if (endMs === undefined) return same.some((one) => Math.abs(one.startMs - startMs) <= sameMomentMs);
  const covered = same.reduce(
    (sum, one) => sum + Math.max(0, Math.min(endMs, one.endMs ?? 0) - Math.max(startMs, one.startMs)),
    0,
  );
  return covered >= minCovered * (endMs - startMs);
}
