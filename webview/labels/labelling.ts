import type { LabelsDocument } from "../../shared/labels/document.ts";
import {
  addAnnotations,
  changeAnnotations,
  laneOf,
  removeAnnotations,
  roundMs,
  splitAnnotations,
} from "../../shared/labels/edits.ts";
import { isExclusive } from "../../shared/labels/scheme.ts";
import type { Annotation } from "../../shared/protocol/labels.ts";
import type { Tier } from "../../shared/protocol/scheme.ts";

export interface Placed {
  readonly tier: Tier;
  readonly face: number | undefined;
  readonly startMs: number;
  /** Absent for a moment. */
  readonly endMs?: number;
  readonly label: string;
  readonly more?: Partial<Annotation>;
}

/**
 * Adds an annotation. On an exclusive tier it takes its time from those that were there: they end where it begins, begin
 * where it ends, are cut in two around it, or go where it covers them whole.
 */
export function placeAnnotation(document: LabelsDocument, placed: Placed, id: string): LabelsDocument {
  const { tier, face, startMs, endMs, label, more } = placed;
  const room = endMs !== undefined && isExclusive(tier) ? cleared(document, placed, endMs) : document;
  const annotation: Annotation = {
    id,
    tier: tier.id,
    ...(face !== undefined && { face }),
    startMs,
    ...(endMs !== undefined && { endMs }),
    label,
    ...more,
  };
  return addAnnotations(room, [annotation]);
}

function cleared(document: LabelsDocument, { tier, face, startMs }: Placed, endMs: number): LabelsDocument {
  const lane = laneOf({ tier: tier.id, face });
  let next = document;
  for (const one of document.annotations) {
    const oneEnd = one.endMs;
    if (laneOf(one) !== lane || oneEnd === undefined || oneEnd <= startMs || one.startMs >= endMs) continue;
    const ids = new Set([one.id]);
    if (one.startMs >= startMs && oneEnd <= endMs) next = removeAnnotations(next, ids);
    else if (one.startMs < startMs && oneEnd > endMs)
      next = changeAnnotations(splitAnnotations(next, ids, endMs), ids, { endMs: startMs });
    else if (one.startMs < startMs) next = changeAnnotations(next, ids, { endMs: startMs });
    else next = changeAnnotations(next, ids, { startMs: endMs });
  }
  return next;
}

/** How far an edge or a body may go on an exclusive tier without touching its neighbours. */
export function freeAround(
  document: LabelsDocument,
  annotation: Annotation,
  tier: Tier,
  durationMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  let fromMs = 0;
  let toMs = durationMs;
  if (!isExclusive(tier)) return { fromMs, toMs };
  const lane = laneOf(annotation);
  for (const one of document.annotations) {
    if (one.id === annotation.id || laneOf(one) !== lane) continue;
    const end = one.endMs ?? one.startMs;
    if (end <= annotation.startMs) fromMs = Math.max(fromMs, end);
    else if (one.startMs >= (annotation.endMs ?? annotation.startMs)) toMs = Math.min(toMs, one.startMs);
  }
  return { fromMs, toMs };
}

/** The annotation moved or with one edge moved, inside the room it has and at least `minMs` long. */
export function moved(
  annotation: Annotation,
  part: "body" | "start" | "end",
  byMs: number,
  room: { readonly fromMs: number; readonly toMs: number },
  minMs: number,
): Partial<Annotation> {
  const { startMs, endMs, apexMs } = annotation;
  const limit = (value: number, low: number, high: number) => roundMs(Math.min(Math.max(value, low), high));
  if (endMs === undefined) return { startMs: limit(startMs + byMs, room.fromMs, room.toMs) };
  if (part === "start") return { startMs: limit(startMs + byMs, room.fromMs, endMs - minMs) };
  if (part === "end") return { endMs: limit(endMs + byMs, startMs + minMs, room.toMs) };
  const by = limit(byMs, room.fromMs - startMs, room.toMs - endMs);
  return {
    startMs: startMs + by,
    endMs: endMs + by,
    ...(apexMs !== undefined && { apexMs: apexMs + by }),
  };
}
