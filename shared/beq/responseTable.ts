import { isAppError } from "../errors.ts";
import { plainCell, splitRows } from "../csv.ts";
import type { TableProblem } from "../protocol/studies.ts";
import type { BeqResponse } from "../protocol/study.ts";
import { readHeading, type Heading } from "./responseHeading.ts";
import { beqItemCount, highestAnswer, lowestAnswer } from "./items.ts";

export type Layout = Exclude<BeqResponse["source"], "form">;

/** One form of the table. */
export interface TableRow {
  /** Of the file, from 1. */
  readonly line: number;
  readonly participant: string;
  readonly session: string | undefined;
  readonly completedAt: string | undefined;
  readonly items: BeqResponse["items"];
}

export interface ResponseTable {
  readonly layout: Layout | undefined;
  /** Titles of the columns that later checks complain about. */
  readonly participantColumn: string;
  readonly sessionColumn: string;
  readonly rows: readonly TableRow[];
  /** Lines without any answer: other events of a REDCap project, surveys that were opened and left. */
  readonly skipped: number;
  /** Everything that is wrong, in the order of the file. */
  readonly problems: readonly TableProblem[];
}

/**
 * Reads a table of BEQ responses: EDIN's own layout (`participant,beq1,...,beq16`), an export of REDCap (raw or labels)
 * or of LimeSurvey (codes or full texts). The delimiter is that of the heading: comma, semicolon or tab.
 *
 * Nothing is thrown for what is wrong in the table: each fault is a problem with its line and column.
 * @param text decoded; a replacement character (U+FFFD) or a NUL stands for a byte that could not be decoded
 */
export function readResponseTable(text: string): ResponseTable {
  const empty = { participantColumn: "participant", sessionColumn: "session", rows: [], skipped: 0 };
  const body = text.replace(/^\uFEFF/, "");
  let lines;
  try {
    lines = splitRows(body, delimiterOf(body));
  } catch (error) {
    if (!isAppError(error, "invalid_csv")) throw error;
    const line = Number(/\d+/.exec(error.message)?.[0] ?? 1);
    return {
      ...empty,
      layout: undefined,
      problems: [{ line, column: "", code: "row_length", message: error.message }],
    };
  }
  const [first, ...rest] = lines;
  const heading = readHeading(
    first?.cells ?? [],
    rest.map(({ cells }) => cells),
  );
  const problems: TableProblem[] = [...heading.problems];
  if (heading.problems.length > 0) return { ...empty, layout: heading.layout, problems };
  const rows: TableRow[] = [];
  let skipped = 0;
  for (const { cells, line } of rest) {
    const row = readRow(cells, line, heading);
    problems.push(...row.problems);
    if (row.skip) skipped += 1;
    else if (row.problems.length === 0) rows.push(row.value);
  }
  if (rest.length === 0)
    problems.push({ line: 1, column: "", code: "heading", message: "There is no row below the heading." });
  const { columns, participant, session } = heading;
  return {
    layout: heading.layout,
    participantColumn: columns[participant] ?? "participant",
    sessionColumn: session === undefined ? "session" : columns[session]!,
    rows,
    skipped,
    problems,
  };
}

function readRow(
  cells: readonly string[],
  line: number,
  { columns, layout, participant, session, completed, items }: Heading,
): { value: TableRow; skip: boolean; problems: TableProblem[] } {
  const problems: TableProblem[] = [];
  const problem = (column: number, code: TableProblem["code"], message: string) =>
    problems.push({ line, column: columns[column] ?? String(column + 1), code, message });
  const cell = (column: number | undefined) =>
    column === undefined ? "" : plainCell((cells[column] ?? "").trim());
  if (cells.length !== columns.length) {
    problem(
      Math.min(cells.length, columns.length),
      "row_length",
      `The row has ${cells.length} cells, the heading ${columns.length}.`,
    );
  }
  for (const [column, content] of cells.entries()) {
    if (/[\uFFFD\0]/.test(content))
      problem(column, "encoding", "A character cannot be read. Save the table as UTF-8.");
  }
  const answers = items.map((column) => {
    const answer = readAnswer(cell(column));
    if (answer !== "wrong") return answer;
    problem(
      column,
      "answer",
      `"${cell(column).slice(0, 40)}" is no answer: whole numbers from ${lowestAnswer} to ${highestAnswer}, or empty.`,
    );
    return null;
  });
  const blank = items.every((column) => cell(column) === "");
  const skip = blank && layout !== "csv";
  if (blank && !skip) problem(items[0]!, "answer", "The row has no answer at all. Remove it.");
  if (!skip && cell(participant) === "")
    problem(participant, "participant_unknown", "The participant is missing.");
  const completedAt = readTime(cell(completed));
  if (completed !== undefined && completedAt === "wrong" && layout === "csv")
    problem(completed, "answer", `"${cell(completed).slice(0, 40)}" is no time. Write 2026-01-31T14:30:00Z.`);
  const value = {
    line,
    participant: cell(participant),
    session: cell(session) === "" ? undefined : cell(session),
    completedAt: completedAt === "wrong" ? undefined : completedAt.iso,
    items: answers,
  };
  return { value, skip, problems: skip ? [] : problems };
}

/** The words at the ends and the middle of the scale, as label exports write them. */
const anchors: Readonly<Record<string, number>> = { "strongly disagree": 1, neutral: 4, "strongly agree": 7 };
/** What exports write where nothing was answered. */
const noAnswer = new Set(["", "n/a", "na", "-oth-", "no answer"]);

/** `5`, LimeSurvey's `A5` or `A005`, `5 - somewhat agree`, or an anchor; null where nothing was answered. */
function readAnswer(text: string): number | null | "wrong" {
  const plain = text.toLowerCase();
  if (noAnswer.has(plain)) return null;
  if (Object.hasOwn(anchors, plain)) return anchors[plain]!;
  const [, digit] = /^a?0*([1-7])(?:\.0+)?(?:\s*[-=:).(]\s*\D.*|\s+[a-z].*)?$/.exec(plain) ?? [];
  return digit === undefined ? "wrong" : Number(digit);
}

/** ISO 8601, or as databases write it; a time without a zone is taken for UTC. LimeSurvey hides times as 1980. */
function readTime(text: string): { iso?: string } | "wrong" {
  if (text === "" || text.startsWith("1980-01-01")) return {};
  const [, day, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  if (day === undefined) return "wrong";
  const at = new Date(`${day}T${time ?? "00:00"}${zone ?? "Z"}`);
  return Number.isNaN(at.getTime()) ? "wrong" : { iso: at.toISOString() };
}

/** The one of comma, semicolon and tab that the heading has most of, outside quotes. */
function delimiterOf(text: string): string {
  const heading = text.replace(/"(?:[^"]|"")*"/g, "").split("\n", 1)[0] ?? "";
  const count = (delimiter: string) => heading.split(delimiter).length;
  return [",", ";", "\t"].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

export const itemColumns = Array.from({ length: beqItemCount }, (_, k) => `beq${k + 1}`);
