import type { LabelProblem } from "./check/problem.ts";
import { listNames, type ListName } from "./document.ts";

/** Offsets of a text, the end not counted in. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Where the parts of a labels file stand in its text. */
export interface LabelPlaces {
  /** Of the value of each field of the heading. */
  readonly fields: ReadonlyMap<string, TextRange>;
  /** Of each entry of each list, in the order of the file. */
  readonly entries: Readonly<Record<ListName, readonly TextRange[]>>;
}

/** Finds them without parsing: `text` must be JSON, however it is laid out. */
export function placesOf(text: string): LabelPlaces {
  const fields = new Map<string, TextRange>();
  const entries: Record<ListName, TextRange[]> = { annotations: [], refused: [], traces: [] };
  for (const { name, value } of members(text, text.indexOf("{") + 1)) {
    fields.set(name, value);
    const list = listNames.find((one) => one === name);
    if (list !== undefined && text[value.start] === "[") entries[list] = elements(text, value.start + 1);
  }
  return { fields, entries };
}

function* members(text: string, from: number): Generator<{ name: string; value: TextRange }> {
  let at = skipSpace(text, from);
  while (text[at] === '"') {
    const nameEnd = skipString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = skipValue(text, start);
    yield { name, value: { start, end } };
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
}

function elements(text: string, from: number): TextRange[] {
  const found: TextRange[] = [];
  let at = skipSpace(text, from);
  while (at < text.length && text[at] !== "]") {
    const end = skipValue(text, at);
    found.push({ start: at, end });
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return found;
}

function skipSpace(text: string, at: number): number {
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  return at;
}

function skipString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i + 1;
  }
  return text.length;
}

function skipValue(text: string, start: number): number {
  if (text[start] === '"') return skipString(text, start);
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const c = text[at]!;
    if (c === '"') {
      at = skipString(text, at);
      continue;
    }
    if (c === "{" || c === "[") depth++;
    else if (c === "}" || c === "]") {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (c === "," || c.charCodeAt(0) <= 32)) return at;
    at++;
  }
  // At least one character on, so that whoever walks along comes to an end.
  return Math.max(at, start + 1);
}

/** Where problems are in the text of their file: at the entry or field, else at the start. */
export function problemRanges(text: string): (problem: LabelProblem) => TextRange {
  const { fields, entries } = placesOf(text);
  const byId = new Map<string, TextRange[]>();
  for (const list of listNames)
    for (const range of entries[list]) {
      const key = `${list} ${String(idIn(text, range))}`;
      const known = byId.get(key);
      if (known === undefined) byId.set(key, [range]);
      else known.push(range);
    }
  return ({ at }) => {
    const found =
      "field" in at
        ? fields.get(at.field)
        : (at.id === undefined ? entries[at.list] : byId.get(`${at.list} ${at.id}`))?.[at.nth];
    return found ?? { start: 0, end: 1 };
  };
}

function idIn(text: string, { start, end }: TextRange): unknown {
  try {
    return (JSON.parse(text.slice(start, end)) as { id?: unknown } | null)?.id;
  } catch {
    return undefined;
  }
}
