import type { Annotation, Trace } from "../protocol/labels.ts";
import { byStart, type LabelsDocument } from "./document.ts";

/** Pure edits of a labels file: each returns another document. Times are kept to a thousandth of a millisecond. */

const idLength = 6;
const letters = "abcdefghijklmnopqrstuvwxyz0123456789";

/** An id that the document does not have. */
export function newAnnotationId(
  { annotations, refused }: LabelsDocument,
  random: () => number = Math.random,
): string {
  const taken = new Set([...annotations, ...refused].map(({ id }) => id));
  for (;;) {
    let id = "";
    while (id.length < idLength) id += letters[Math.floor(random() * letters.length)]!;
    if (!taken.has(id)) return id;
  }
}

/** A time to the microsecond, as files hold it. */
export const roundMs = (ms: number): number => Math.round(ms * 1000) / 1000;

function rounded(annotation: Annotation): Annotation {
  const { startMs, endMs, apexMs } = annotation;
  return {
    ...annotation,
    startMs: roundMs(startMs),
    ...(endMs !== undefined && { endMs: roundMs(endMs) }),
    ...(apexMs !== undefined && { apexMs: roundMs(apexMs) }),
  };
}

/** The document with further annotations, in order of time. */
export function addAnnotations(document: LabelsDocument, added: readonly Annotation[]): LabelsDocument {
  return { ...document, annotations: [...document.annotations, ...added.map(rounded)].sort(byStart) };
}

/** A field of `change` that is undefined is taken away. */
export type AnnotationChange = { readonly [Field in keyof Annotation]?: Annotation[Field] | undefined };

/** The document with some of its annotations changed; the others stay as they are. */
export function changeAnnotations(
  document: LabelsDocument,
  ids: ReadonlySet<string>,
  change: AnnotationChange | ((annotation: Annotation) => AnnotationChange),
): LabelsDocument {
  const annotations = document.annotations.map((annotation) => {
    if (!ids.has(annotation.id)) return annotation;
    const merged = { ...annotation, ...(typeof change === "function" ? change(annotation) : change) };
    return rounded(
      Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)) as Annotation,
    );
  });
  return { ...document, annotations: annotations.sort(byStart) };
}

/** The document without some of its annotations. */
export function removeAnnotations(document: LabelsDocument, ids: ReadonlySet<string>): LabelsDocument {
  return { ...document, annotations: document.annotations.filter(({ id }) => !ids.has(id)) };
}

/** Moves annotations in time as they are. */
export function moveAnnotations(
  document: LabelsDocument,
  ids: ReadonlySet<string>,
  byMs: number,
): LabelsDocument {
  return changeAnnotations(document, ids, ({ startMs, endMs, apexMs }) => ({
    startMs: startMs + byMs,
    ...(endMs !== undefined && { endMs: endMs + byMs }),
    ...(apexMs !== undefined && { apexMs: apexMs + byMs }),
  }));
}

/** Cuts intervals at `atMs` where it lies inside them; what belongs to the moment (the apex) stays with its part. */
export function splitAnnotations(
  document: LabelsDocument,
  ids: ReadonlySet<string>,
  atMs: number,
  random: () => number = Math.random,
): LabelsDocument {
  const cut = document.annotations.filter(
    ({ id, startMs, endMs }) => ids.has(id) && endMs !== undefined && startMs < atMs && atMs < endMs,
  );
  let next = document;
  for (const annotation of cut) {
    const { apexMs } = annotation;
    const apex = (from: number, to: number) =>
      apexMs !== undefined && apexMs >= from && apexMs <= to ? { apexMs } : { apexMs: undefined };
    next = changeAnnotations(next, new Set([annotation.id]), {
      endMs: atMs,
      ...apex(annotation.startMs, atMs),
    });
    const second = without(annotation, "apexMs", "comments");
    const later = { ...second, id: newAnnotationId(next, random), startMs: atMs };
    next = addAnnotations(next, [apexMs !== undefined && apexMs > atMs ? { ...later, apexMs } : later]);
  }
  return next;
}

function without(annotation: Annotation, ...fields: readonly (keyof Annotation)[]): Annotation {
  return Object.fromEntries(
    Object.entries(annotation).filter(([name]) => !fields.includes(name)),
  ) as Annotation;
}

/** Joins the annotations into the first one of each tier and face: from the earliest start to the latest end, with all notes. */
export function mergeAnnotations(document: LabelsDocument, ids: ReadonlySet<string>): LabelsDocument {
  const groups = grouped(
    document.annotations.filter(({ id, endMs }) => ids.has(id) && endMs !== undefined),
    laneOf,
  );
  let next = document;
  for (const members of groups.values()) {
    const [first, ...others] = members;
    if (first === undefined || others.length === 0) continue;
    next = removeAnnotations(next, new Set(others.map(({ id }) => id)));
    const comments = members.flatMap((member) => member.comments ?? []);
    const notes = [...new Set(members.flatMap(({ note }) => note ?? []))].filter((note) => note !== "");
    next = changeAnnotations(next, new Set([first.id]), {
      endMs: Math.max(...members.map(({ endMs }) => endMs!)),
      ...(comments.length > 0 && { comments }),
      ...(notes.length > 0 && { note: notes.join("\n") }),
    });
  }
  return next;
}

/** Annotations that must not overlap where their tier is exclusive. */
export function laneOf({
  tier,
  face,
}: {
  readonly tier: string;
  readonly face?: number | undefined;
}): string {
  return face === undefined ? tier : `${tier}\n${face}`;
}

/** Items by a key, in the order in which each key first comes. */
export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** Copies onto another tier. `label` where the other tier has not the same labels. */
export function duplicateAnnotations(
  document: LabelsDocument,
  ids: ReadonlySet<string>,
  tier: string,
  labelFor: (label: string) => string,
  random: () => number = Math.random,
): LabelsDocument {
  let next = document;
  for (const annotation of document.annotations) {
    if (!ids.has(annotation.id)) continue;
    const copy = {
      ...without(annotation, "comments", "from"),
      id: newAnnotationId(next, random),
      tier,
      label: labelFor(annotation.label),
    };
    next = addAnnotations(next, [copy]);
  }
  return next;
}

/** Keeps that a proposal was refused, so that it is not made again. */
export function refuseProposal(document: LabelsDocument, proposal: Annotation): LabelsDocument {
  return { ...document, refused: [...document.refused, rounded(proposal)].sort(byStart) };
}

/**
 * Writes `values`, rated from `startMs` on at `rateHz`, over what the trace had there (punching in). What was never rated
 * stays null.
 */
export function punchTrace(
  document: LabelsDocument,
  key: { readonly tier: string; readonly face?: number | undefined; readonly rateHz: number },
  startMs: number,
  values: readonly (number | null)[],
): LabelsDocument {
  const mine = (trace: Trace): boolean => trace.tier === key.tier && trace.face === key.face;
  const old = document.traces.find(mine);
  const rateHz = old?.rateHz ?? key.rateHz;
  const stepMs = 1000 / rateHz;
  const first = Math.round((startMs - (old?.startMs ?? 0)) / stepMs);
  const shift = Math.max(0, -first);
  const length = Math.max((old?.values.length ?? 0) + shift, first + shift + values.length);
  const all = Array.from({ length }, (_, i): number | null => old?.values[i - shift] ?? null);
  values.forEach((value, i) => {
    if (value !== null) all[first + shift + i] = Math.round(value * 1e4) / 1e4;
  });
  const trace: Trace = {
    ...old,
    tier: key.tier,
    ...(key.face !== undefined && { face: key.face }),
    startMs: roundMs((old?.startMs ?? 0) - shift * stepMs),
    rateHz,
    values: all,
  };
  return {
    ...document,
    traces:
      old === undefined ? [...document.traces, trace] : document.traces.map((t) => (mine(t) ? trace : t)),
  };
}

/** A stretch of a text, and what stands in its place afterwards. */
export interface TextChange {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What changes `before` into `after`: one stretch of text. */
export function textChange(before: string, after: string): TextChange | undefined {
  if (before === after) return undefined;
  let start = 0;
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let tail = 0;
  while (
    tail < shorter - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  )
    tail++;
  // A character of two units is never cut in the middle.
  if (isLow(before.charCodeAt(start)) || isLow(after.charCodeAt(start))) start = Math.max(0, start - 1);
  if (tail > 0 && isLow(before.charCodeAt(before.length - tail))) tail--;
  return { start, end: before.length - tail, text: after.slice(start, after.length - tail) };
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
