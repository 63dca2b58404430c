import { newAnnotationId, refuseProposal, roundMs } from "../../shared/labels/edits.ts";
import { isSettled, nameOf, type Colleague } from "../../shared/labels/gold.ts";
import type { LabelsDocument } from "../../shared/labels/document.ts";
import type { Annotation } from "../../shared/protocol/labels.ts";
import { placeAnnotation } from "./labelling.ts";
import type { Lane } from "./lanes.ts";
import type { Suggestion } from "./suggestion.ts";
import { holds } from "../../shared/protocol/scheme.ts";

/** What of the editor a suggestion goes into. */
interface Target {
  readonly annotator: string;
  readonly proposals: { peek(): { readonly analysisId: string } | undefined };
  readonly store: { apply(change: (document: LabelsDocument) => LabelsDocument): unknown };
}

/** Annotations of colleagues as a gold file offers them. */
export function colleagueSuggestions(colleagues: readonly Colleague[]): Suggestion[] {
  return colleagues
    .flatMap(({ annotator, document }) =>
      document.annotations.map((annotation): Suggestion => ({
        ...{ id: nameOf(annotator, annotation.id), kind: "colleague", by: annotator, annotation },
        ...{ startMs: annotation.startMs, label: annotation.label },
        ...(annotation.endMs !== undefined && { endMs: annotation.endMs }),
        ...(annotation.face !== undefined && { face: annotation.face }),
      })),
    )
    .sort((a, b) => a.startMs - b.startMs);
}

/** Those of them that gold says nothing about yet. */
export function unsettled(gold: LabelsDocument, suggestions: readonly Suggestion[]): Suggestion[] {
  return suggestions.filter(
    ({ by, annotation }) => annotation !== undefined && !isSettled(gold, { annotator: by ?? "", annotation }),
  );
}

/** Puts a suggestion into the file, with its label or another. */
export function takeSuggestion(state: Target, suggestion: Suggestion, lane: Lane, label: string): void {
  const { startMs, endMs, apexMs, annotation } = suggestion;
  const point = holds(lane.tier) === "moments";
  state.store.apply((document) => {
    const more = {
      ...(annotation?.intensity !== undefined && { intensity: annotation.intensity }),
      ...(apexMs !== undefined && lane.tier.apex === true && { apexMs: roundMs(apexMs) }),
      ...originOf(state, suggestion),
    };
    const placed = {
      ...{ tier: lane.tier, face: lane.face, label, more },
      startMs: roundMs(startMs),
      ...(!point && endMs !== undefined && { endMs: roundMs(endMs) }),
    };
    return placeAnnotation(document, placed, newAnnotationId(document));
  });
}

/** Keeps that a suggestion was refused. */
export function refuseSuggestion(state: Target, suggestion: Suggestion, lane: Lane): void {
  const { startMs, endMs, label } = suggestion;
  state.store.apply((document) =>
    refuseProposal(document, {
      ...{ id: newAnnotationId(document), tier: lane.tier.id },
      ...(lane.face !== undefined && { face: lane.face }),
      startMs: roundMs(startMs),
      ...(endMs !== undefined && { endMs: roundMs(endMs) }),
      label,
      ...originOf(state, suggestion),
    }),
  );
}

/** Where it comes from: `from` of a model, `decided` of a colleague. */
function originOf(state: Target, { kind, id, label, confidence }: Suggestion): Partial<Annotation> {
  if (kind === "colleague")
    return { decided: { by: state.annotator, at: new Date().toISOString(), of: [id] } };
  return {
    from: {
      analysis: state.proposals.peek()?.analysisId ?? "",
      ...(confidence !== undefined && { confidence }),
      was: label,
      proposal: id,
    },
  };
}
