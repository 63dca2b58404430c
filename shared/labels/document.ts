import type * as z from "zod";
import { AppError } from "../errors.ts";
import {
  annotationSchema,
  labelsHeadSchema,
  traceSchema,
  type Annotation,
  type LabelsHead,
  type Trace,
} from "../protocol/labels.ts";

/** The lists of a labels file, in the order they are written. `refused` holds proposals of a model that were refused. */
export const listNames = ["annotations", "refused", "traces"] as const;
export type ListName = (typeof listNames)[number];

/** An entry that is no annotation or trace, and its place in the list of the file. */
export interface Unreadable {
  readonly list: ListName;
  readonly value: unknown;
  readonly at: number;
}

/** A labels file in memory. It is never changed in place: see edits.ts. */
export interface LabelsDocument {
  readonly head: LabelsHead;
  /** Sorted by start. */
  readonly annotations: readonly Annotation[];
  readonly refused: readonly Annotation[];
  readonly traces: readonly Trace[];
  /** Entries that are no annotation or trace: they are kept as they are and written back. */
  readonly unreadable: readonly Unreadable[];
}

/**
 * Reads the text of a labels file.
 *
 * @throws AppError `invalid_labels` where it is no JSON or lacks what a labels file needs, with the line where known
 */
export function parseLabels(text: string): LabelsDocument {
  const value = parseJson(text);
  const head = labelsHeadSchema.safeParse(value);
  if (!head.success) {
    const [issue] = head.error.issues;
    throw new AppError(
      "invalid_labels",
      `This is no labels file: ${issue!.path.join(".") || "it"}: ${issue!.message}. Fix it as text.`,
    );
  }
  return fromParts(head.data);
}

function fromParts(value: LabelsHead): LabelsDocument {
  const head = Object.fromEntries(
    Object.entries(value).filter(([name]) => !listNames.some((list) => list === name)),
  ) as LabelsHead;
  const unreadable: Unreadable[] = [];
  const read = <S extends z.ZodType>(list: ListName, schema: S): z.output<S>[] => {
    const entries: unknown = value[list];
    if (entries === undefined) return [];
    if (!Array.isArray(entries)) {
      unreadable.push({ list, value: entries, at: 0 });
      return [];
    }
    return entries.flatMap((entry: unknown, at) => {
      const parsed = schema.safeParse(entry);
      if (parsed.success) return [parsed.data];
      unreadable.push({ list, value: entry, at });
      return [];
    });
  };
  return {
    head,
    annotations: read("annotations", annotationSchema).sort(byStart),
    refused: read("refused", annotationSchema).sort(byStart),
    traces: read("traces", traceSchema),
    unreadable,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    const line = brokenLine(text);
    throw new AppError(
      "invalid_labels",
      `The labels file cannot be read${line === undefined ? "" : ` from line ${line} on`}. Fix it as text, or recover what can be read.`,
      { cause },
    );
  }
}

/** The first line that is neither an entry nor one of the lines around the lists. */
function brokenLine(text: string): number | undefined {
  const lines = text.split("\n");
  const at = lines.findIndex(
    (line) =>
      /^(<{7}|={7}|>{7}|\|{7})/.test(line) ||
      (line.startsWith("{") && line.length > 1 && entryOf(line) === undefined),
  );
  return at < 0 ? undefined : at + 1;
}

function entryOf(line: string): unknown {
  try {
    return JSON.parse(line.trim().replace(/,$/, ""));
  } catch {
    return undefined;
  }
}

export interface Salvaged {
  readonly document: LabelsDocument;
  /** Lines that could not be read, with their numbers. */
  readonly lost: readonly { readonly line: number; readonly text: string }[];
}

/**
 * What can be read of a broken labels file: one annotation is one line, so a line that is cut off, or the marks of a merge
 * that git could not finish, cost nothing but themselves. Of two lines with one id that differ the second gets another id.
 *
 * @throws AppError `invalid_labels` where not even its heading can be read
 */
export function salvageLabels(text: string): Salvaged {
  const lost: { line: number; text: string }[] = [];
  const top: Record<string, unknown> = {};
  const lists: Record<ListName, unknown[]> = { annotations: [], refused: [], traces: [] };
  const seen = new Map<string, string>();
  let list: ListName | undefined;
  text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .forEach((line, i) => {
      const trimmed = line.trim();
      const [opening, opened] = /^"(annotations|refused|traces)"\s*:\s*\[/.exec(trimmed) ?? [];
      if (opening !== undefined) {
        list = opened as ListName;
        // Another program may have written the list as one line.
        const entries = entryOf(`[${trimmed.slice(opening.length).replace(/\]?\s*,?$/, "")}]`);
        if (!Array.isArray(entries)) lost.push({ line: i + 1, text: line });
        else lists[list].push(...entries.map((entry) => distinct(entry, seen)));
        return;
      }
      if (/^(<{7}|={7}|>{7}|\|{7})/.test(line) || /^[\]{}\s,]*$/.test(trimmed)) return;
      if (list === undefined) {
        const field = entryOf(`{${trimmed.replace(/,$/, "")}}`);
        if (typeof field !== "object" || field === null) lost.push({ line: i + 1, text: line });
        else for (const [name, value] of Object.entries(field)) top[name] ??= value;
        return;
      }
      const entry = entryOf(trimmed.replace(/\]\s*,?\s*$/, "")) ?? entryOf(trimmed);
      if (entry === undefined) lost.push({ line: i + 1, text: line });
      else lists[list].push(distinct(entry, seen));
    });
  const head = labelsHeadSchema.safeParse(top);
  if (!head.success)
    throw new AppError(
      "invalid_labels",
      "Not even the heading of the labels file can be read. Fix it as text, or take an earlier version.",
    );
  const entries = Object.fromEntries(
    listNames.map((name) => [name, lists[name].filter((entry) => entry !== undefined)]),
  );
  return { document: fromParts({ ...head.data, ...entries }), lost };
}

/** Nothing for a line that was there before, word for word. */
function distinct(entry: unknown, seen: Map<string, string>): unknown {
  if (typeof entry !== "object" || entry === null || !("id" in entry)) return entry;
  const text = JSON.stringify(entry);
  const known = seen.get(String(entry.id));
  if (known === text) return undefined;
  if (known === undefined) {
    seen.set(String(entry.id), text);
    return entry;
  }
  const counter = `${String(entry.id)}\n`;
  for (let n = Number(seen.get(counter) ?? 2); ; n++) {
    const id = `${String(entry.id)}-${n}`;
    if (seen.has(id)) continue;
    // Thousands of lines may have one id: the next one goes on from here.
    seen.set(id, text).set(counter, String(n + 1));
    return { ...entry, id };
  }
}

/** The text of a labels file: one entry a line, so that a line of a diff is one decision. */
export function formatLabels(document: LabelsDocument): string {
  const parts = Object.entries(document.head)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  for (const name of listNames) {
    const entries = [
      ...document[name],
      ...document.unreadable.filter(({ list }) => list === name).map(({ value }) => value),
    ];
    if (entries.length > 0)
      parts.push(`"${name}": [\n${entries.map((entry) => JSON.stringify(entry)).join(",\n")}\n]`);
    else if (name !== "refused") parts.push(`"${name}": [\n]`);
  }
  return `{\n${parts.join(",\n")}\n}\n`;
}

/** Order of the lines of a file. */
export function byStart(a: Annotation, b: Annotation): number {
  return (
    a.startMs - b.startMs ||
    (a.endMs ?? a.startMs) - (b.endMs ?? b.startMs) ||
    compare(a.tier, b.tier) ||
    compare(a.id, b.id)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
