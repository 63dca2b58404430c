import { AppError } from "../errors.ts";

export interface TextRow {
  readonly cells: readonly string[];
  /** Where the row begins in the file, from 1. */
  readonly line: number;
}

/**
 * The rows of a table one by one (RFC 4180: delimiters and line ends inside quotes, doubled quotes), in time that grows
 * with the text. Lines end as Windows, Unix or old Macs end them. Cells are without the space around them; blank rows are
 * left out.
 * @throws AppError `invalid_csv` for a quote that is never closed, with its line
 */
export function* splitRows(text: string, delimiter: string): Generator<TextRow> {
  const end = delimiter.charCodeAt(0);
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const startLine = line;
    const cells: string[] = [];
    for (let more = true; more;) {
      const quote = quoteAt(text, at);
      let quoted = "";
      if (quote >= 0) {
        const closed = readQuoted(text, quote + 1);
        if (closed === undefined)
          throw new AppError("invalid_csv", `Line ${line} opens a quote that is never closed. Close it.`);
        quoted = closed.content;
        line += countLines(text, quote, closed.at);
        at = closed.at;
      }
      const begin = at;
      let c = text.charCodeAt(at);
      while (at < text.length && c !== end && c !== lf && c !== cr) c = text.charCodeAt(++at);
      cells.push(tidy(quoted + text.slice(begin, at)));
      more = at < text.length && c === end;
      if (!more && at < text.length) {
        line += 1;
        if (c === cr && text.charCodeAt(at + 1) === lf) at += 1;
      }
      at += 1;
    }
    if (cells.some((cell) => cell !== "")) yield { cells, line: startLine };
  }
}

const lf = 10;
const cr = 13;
const space = 32;

/** Where a cell's opening quote stands: spaces may come before it. */
function quoteAt(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === space) at += 1;
  return text[at] === '"' ? at : -1;
}

function readQuoted(text: string, from: number): { content: string; at: number } | undefined {
  const parts: string[] = [];
  for (let at = from; ;) {
    const end = text.indexOf('"', at);
    if (end < 0) return undefined;
    parts.push(text.slice(at, end));
    if (text[end + 1] !== '"') return { content: parts.join(""), at: end + 1 };
    parts.push('"');
    at = end + 2;
  }
}

function countLines(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = from; at < to; at++) {
    const c = text.charCodeAt(at);
    if (c === lf || (c === cr && text.charCodeAt(at + 1) !== lf)) lines += 1;
  }
  return lines;
}

const edge = (c: string | undefined) => c !== undefined && (c === "\u200b" || c.trim() === "");

/** Without space around it, be it of zero width. */
function tidy(cell: string): string {
  let from = 0;
  let to = cell.length;
  while (from < to && edge(cell[from])) from += 1;
  while (to > from && edge(cell[to - 1])) to -= 1;
  return cell.slice(from, to);
}
