import { plainCell } from "../csv.ts";
import { isAppError } from "../errors.ts";
import type { TableProblem } from "../protocol/studyRoutes.ts";
import type { BeqResponse } from "../protocol/studyFile.ts";
import { readTable } from "../table/readTable.ts";
import type { TextRow } from "../table/splitRows.ts";
import { findSummaryRows, type SummaryRows } from "../table/summaryRows.ts";
import { excerpt } from "../text/printable.ts";
import { beqItemCount, highestAnswer, lowestAnswer } from "./items.ts";
import { isDate, missingCode, readAnswer, readTime } from "./responseAnswer.ts";
import { readHeading, type Heading, type Layout } from "./responseHeading.ts";
import type { ColumnMap } from "./responseItems.ts";
import { counted } from "../text/counted.ts";

/** One form of the table. */
export interface TableRow {
  /** Of the file, from 1. */
  readonly line: number;
  readonly participant: string;
  /** The visit or event that the row names. */
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
  /** What was chosen or left out, as sentences. */
  readonly notes: readonly string[];
  /** What is wrong, in the order of the file; the first {@link maxProblems}. */
  readonly problems: readonly TableProblem[];
}

export interface TableOptions {
  /** Columns that the user names by hand; see {@link ColumnMap}. Also `participant`, `session`, `completed`. */
  readonly map?: ColumnMap | undefined;
  /** Codes that stand for no answer, such as `-99` or `UNK`. */
  readonly missing?: readonly string[] | undefined;
  /** Said of characters that could not be decoded. */
  readonly encodingFault?: string | undefined;
}

/** What stands for a byte that could not be decoded. */
const undecoded = /[\uFFFD\0]/;
/** Of the name of a session. */
const maxVisitLength = 100;

/** More faults than these are one fault that is everywhere. */
export const maxProblems = 200;

/** Codes of REDCap for missing data, which its projects switch on; none of them can be an answer. */
const redcapMissing = "ni inv unk nask asku nav msk na navu np qs trc unc der pinf ninf oth".split(" ");

/**
 * Reads a table of BEQ responses: EDIN's own layout (`participant,beq1,...,beq16`), or an export of REDCap (raw or labels),
 * LimeSurvey (codes or full texts) or Qualtrics.
 *
 * Nothing is thrown for what is wrong in the table: each fault is a problem with its line and column.
 * @param text decoded; a replacement character (U+FFFD) or a NUL stands for a byte that could not be decoded
 */
export function readResponseTable(
  text: string,
  {
    map = {},
    missing = [],
    encodingFault = "A character cannot be read. Save the table as UTF-8.",
  }: TableOptions = {},
): ResponseTable {
  const empty = {
    participantColumn: "participant",
    sessionColumn: "session",
    rows: [],
    skipped: 0,
    notes: [],
  };
  let table;
  try {
    table = readTable(text);
  } catch (error) {
    if (!isAppError(error, "invalid_csv") && !isAppError(error, "too_large")) throw error;
    const line = Number(/^Line (\d+)/.exec(error.message)?.[1] ?? 1);
    const problems = [{ line, column: "", code: "row_length" as const, message: error.message }];
    return { ...empty, layout: undefined, problems };
  }
  const { headingLine } = table;
  const heading = readHeading(table.columns, table.rows, map);
  const problems: TableProblem[] = heading.problems.map((problem) => ({ ...problem, line: headingLine }));
  for (const column of table.columns)
    if (undecoded.test(column))
      problems.unshift({ line: headingLine, column, code: "encoding", message: encodingFault });
  if (problems.length > 0) return { ...empty, layout: heading.layout, problems };
  const all = table.rows.slice(heading.headingRows);
  const summaries = findSummaryRows(all, heading.participant);
  const rest = all.slice(0, summaries.from);
  const known = new Set([...missing, ...(heading.layout === "redcap" ? redcapMissing : [])].map(missingCode));
  const taken = [...known].find((code) => readAnswer(code, new Set()) !== "wrong");
  if (taken !== undefined && taken !== "na") {
    const message = `${excerpt(taken)} is an answer of the scale and cannot mean that there is none.`;
    return {
      ...empty,
      layout: heading.layout,
      problems: [{ line: headingLine, column: "", code: "answer", message }],
    };
  }
  const reader = new RowReader(heading, known, rest, encodingFault);
  const rows: TableRow[] = [];
  for (const row of rest) {
    const value = reader.read(row, problems);
    if (value !== undefined) rows.push(value);
    if (problems.length >= maxProblems) break;
  }
  if (rest.length === 0)
    problems.push({
      line: headingLine,
      column: "",
      code: "heading",
      message: "There is no row below the heading.",
    });
  const { columns, participant, session } = heading;
  return {
    layout: heading.layout,
    participantColumn: columns[participant] ?? "participant",
    sessionColumn: columns[session[0] ?? -1] ?? "session",
    rows,
    skipped: reader.skipped,
    notes: [...reader.notes(), ...summaryNotes(summaries), ...shortScaleNote(rows)],
    problems: problems.slice(0, maxProblems),
  };
}

/** Reads rows and counts what it leaves out. */
class RowReader {
  skipped = 0;
  #unzoned = 0;
  #untimed = 0;
  readonly #unsubmitted: string[] = [];
  readonly #notAsked: string[] = [];
  readonly #heading: Heading;
  readonly #missing: ReadonlySet<string>;
  readonly #encodingFault: string;
  /** Participants by their record, for rows that name the record only. */
  readonly #ofRecord = new Map<string, string>();

  constructor(
    heading: Heading,
    missing: ReadonlySet<string>,
    rows: readonly TextRow[],
    encodingFault: string,
  ) {
    this.#encodingFault = encodingFault;
    this.#heading = heading;
    this.#missing = missing;
    const { record, participant } = heading;
    if (record === undefined || record === participant) return;
    for (const { cells } of rows) {
      const named = cells[participant] ?? "";
      if (named !== "") this.#ofRecord.set(cells[record] ?? "", plainCell(named));
    }
  }

  /** The form of a row; undefined where it holds none or is wrong. */
  read({ cells, line }: TextRow, problems: TableProblem[]): TableRow | undefined {
    const { columns, layout, participant, record, session, completed, items } = this.#heading;
    const problem = (column: number, code: TableProblem["code"], message: string) => {
      if (problems.length < maxProblems)
        problems.push({ line, column: columns[column] ?? String(column + 1), code, message });
    };
    const before = problems.length;
    const cell = (column: number | undefined) => (column === undefined ? "" : plainCell(cells[column] ?? ""));
    const blank = items.every((column) => cell(column) === "");
    if (blank && layout !== "csv") {
      this.skipped += 1;
      return undefined;
    }
    const person =
      cell(participant) === "" && record !== undefined
        ? (this.#ofRecord.get(cells[record] ?? "") ?? "")
        : cell(participant);
    // Qualtrics writes words or codes: 1, 2, 8, 9, 12, 17 and 40 are previews, tests and spam.
    const kind = cell(this.#heading.kind);
    if (/preview|test|spam/i.test(kind) || /^(?:1|2|8|9|12|17|40)$/.test(kind)) {
      this.#notAsked.push(person);
      return undefined;
    }
    if (!this.#isSubmitted(cells)) {
      this.#unsubmitted.push(person);
      return undefined;
    }
    if (cells.length !== columns.length)
      problem(
        Math.min(cells.length, columns.length),
        "row_length",
        `The row has ${counted(cells.length, "cell")}, the heading ${columns.length}.`,
      );
    for (const [column, content] of cells.entries())
      if (undecoded.test(content)) problem(column, "encoding", this.#encodingFault);
    const answers = items.map((column) => {
      const answer = readAnswer(cell(column), this.#missing);
      if (answer !== "wrong") return answer;
      problem(column, "answer", noAnswerText(cell(column)));
      return null;
    });
    if (blank) problem(items[0]!, "answer", "The row has no answer at all. Remove it.");
    if (person === "") problem(participant, "participant_unknown", "The participant is missing.");
    const at = readTime(cell(completed));
    if (completed !== undefined && at === "wrong" && layout === "csv")
      problem(completed, "answer", `"${excerpt(cell(completed))}" is no time. Write 2026-01-31T14:30:00Z.`);
    if (problems.length > before || problems.length >= maxProblems) return undefined;
    const completedAt = at === "wrong" ? undefined : at.iso;
    if (completedAt === undefined) this.#untimed += 1;
    else if (at !== "wrong" && at.zoned === false) this.#unzoned += 1;
    const visit = session
      .map(cell)
      .filter((part) => part !== "")
      .join(" ")
      .slice(0, maxVisitLength);
    return {
      line,
      participant: person,
      session: visit === "" ? undefined : visit,
      completedAt,
      items: answers,
    };
  }

  #isSubmitted(cells: readonly string[]): boolean {
    const { layout, submitted, completed } = this.#heading;
    const state = submitted === undefined ? undefined : (cells[submitted] ?? "");
    if (layout === "limesurvey") return state !== "" && state?.toLowerCase() !== "n/a";
    if (layout === "qualtrics") return state === undefined || !/^(?:false|0|no)$/i.test(state);
    if (layout !== "redcap") return true;
    const time = completed === undefined ? "" : (cells[completed] ?? "");
    return time !== "[not completed]" && (state === undefined || !/^(?:0|incomplete)$/i.test(state));
  }

  notes(): string[] {
    const { columns, layout, participant, submitted, others } = this.#heading;
    const notes: string[] = [];
    const title = columns[participant] ?? "";
    if (!/^participant/i.test(title)) notes.push(`Participants are named by the column ${excerpt(title)}.`);
    if (others.length > 0)
      notes.push(
        `Other scales were left alone: ${others
          .slice(0, 20)
          .map(({ scale, columns: count }) => `${excerpt(scale)} (${counted(count, "column")})`)
          .join(", ")}${others.length > 20 ? ` and ${others.length - 20} more` : ""}.`,
      );
    if (this.#unsubmitted.length > 0)
      notes.push(
        `${counted(this.#unsubmitted.length, "response")} that ${this.#unsubmitted.length === 1 ? "was" : "were"} not submitted left out: ${listed(this.#unsubmitted)}.`,
      );
    if (this.#notAsked.length > 0)
      notes.push(
        `${counted(this.#notAsked.length, "response")} that Qualtrics calls a preview, a test or spam left out: ${listed(this.#notAsked)}.`,
      );
    if (layout === "limesurvey" && submitted === undefined)
      notes.push(
        "The export has no column submitdate, so that responses which were not submitted cannot be told.",
      );
    if (this.#untimed > 0 && layout !== "csv")
      notes.push(`${counted(this.#untimed, "response")} without a readable time of completion.`);
    if (this.#unzoned > 0) notes.push("Times without a zone were taken for UTC.");
    return notes;
  }
}

function summaryNotes({ names, doubtful }: SummaryRows): string[] {
  return [
    ...(names.length === 0
      ? []
      : [`Rows at the end that sum up the others were left out: ${listed(names)}.`]),
    ...(doubtful.length === 0
      ? []
      : [
          `Rows called ${listed(doubtful)} were taken for participants. If they sum up others, remove them and read the table again.`,
        ]),
  ];
}

/** So many forms without an answer at the upper end are another scale rather than chance. */
const manyForms = 10;

function shortScaleNote(rows: readonly TableRow[]): string[] {
  if (rows.length < manyForms) return [];
  const highest = rows.reduce(
    (most, { items }) => items.reduce<number>((high, answer) => Math.max(high, answer ?? 0), most),
    0,
  );
  if (highest === 0 || highest >= highestAnswer - 1) return [];
  return [
    `No answer of ${rows.length} forms is above ${highest}: the BEQ is answered from ${lowestAnswer} to ${highestAnswer}. Check that this table was.`,
  ];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => (name === "" ? "one without a name" : excerpt(name)));
  return `${shown.join(", ")}${names.length > 10 ? ` and ${names.length - 10} more` : ""}`;
}

function noAnswerText(text: string): string {
  const none = ` If ${excerpt(text)} means that there is none, declare it as a missing code.`;
  const hint = isDate(text)
    ? " It looks like a date that a spreadsheet made of an answer: look up what was answered, and keep the column as text."
    : /^0(?:[.,]0+)?$/.test(text)
      ? ` If the scale was written from 0 to 6, add 1 to every answer.${none}`
      : /^-?\d{1,4}(?:[.,]0+)?$|^[A-Za-z]{1,4}\d?$/.test(text)
        ? none
        : "";
  return `"${excerpt(text)}" is no answer: whole numbers from ${lowestAnswer} to ${highestAnswer}, or empty.${hint}`;
}

export const itemColumns: readonly string[] = Array.from({ length: beqItemCount }, (_, k) => `beq${k + 1}`);
