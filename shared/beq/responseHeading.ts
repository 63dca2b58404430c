import type { TableProblem } from "../protocol/studyRoutes.ts";
import type { BeqResponse } from "../protocol/studyFile.ts";
import type { TextRow } from "../table/splitRows.ts";
import { excerpt } from "../text/printable.ts";
import { beqItemCount } from "./items.ts";
import { findItems, type ColumnMap, type ItemColumns } from "./responseItems.ts";
import { counted } from "../text/counted.ts";

export type Layout = Exclude<BeqResponse["source"], "form">;

/** Where in a table of responses things stand, by column number. */
export interface Heading extends ItemColumns {
  readonly layout: Layout;
  readonly columns: readonly string[];
  readonly participant: number;
  /** Names the same person in rows whose participant is empty. */
  readonly record: number | undefined;
  /** Visit or event, and which repetition of it. */
  readonly session: readonly number[];
  readonly completed: number | undefined;
  /** Says whether a response was submitted. */
  readonly submitted: number | undefined;
  /** Says which responses are no participant's: previews, tests, spam. */
  readonly kind: number | undefined;
  /** Below the heading, until the first response: texts of questions, ids. */
  readonly headingRows: number;
}

/** The columns of a table by their titles. `rows` tell which of several columns names the participants. */
export function readHeading(columns: readonly string[], rows: readonly TextRow[], map: ColumnMap): Heading {
  const layout = layoutOf(columns);
  const headingRows = layout === "qualtrics" ? countHeadingRows(columns, rows) : 0;
  const questions = headingRows > 0 ? rows[0]?.cells : undefined;
  const found = findItems(columns, questions, map);
  const problems: TableProblem[] = [...found.problems];
  const problem = (column: string, code: TableProblem["code"], message: string) =>
    problems.push({ line: 1, column, code, message });
  const find = findIn(columns);
  const named = (key: "participant" | "session" | "completed") => {
    const title = map[key]?.trim().toLowerCase();
    if (title === undefined) return undefined;
    const at = columns.findIndex((column) => column.toLowerCase() === title);
    if (at < 0) problem(excerpt(title), "heading", `There is no column ${excerpt(title)} for the ${key}.`);
    return at;
  };
  const isFilled = (column: number | undefined): column is number =>
    column !== undefined && rows.slice(headingRows).some(({ cells }) => (cells[column] ?? "") !== "");
  const candidates = participantTitles[layout].map(find).filter((at) => at !== undefined);
  const participant = named("participant") ?? candidates.find(isFilled) ?? candidates[0];
  if (participant === undefined)
    problem(
      participantHint[layout],
      "heading",
      `The column that names the participant is missing. Call it ${participantHint[layout]}, or name it by a map such as participant=${excerpt(columns.find((title) => title !== "") ?? "code")}.`,
    );
  if (found.problems.length > beqItemCount / 2) {
    problems.splice(0, problems.length, notTheBeq(columns, found));
  }
  const session = named("session");
  return {
    ...found,
    layout,
    columns,
    participant: participant ?? -1,
    record: layout === "redcap" ? find(/^record[_ ]id$/i) : undefined,
    session: (session === undefined
      ? [
          find(/^(?:session|visit|wave|timepoint|redcap_event_name|event name)$/i),
          find(/^(?:redcap_repeat_instance|repeat instance)$/i),
        ]
      : [session]
    ).filter((at) => at !== undefined),
    completed: named("completed") ?? completedColumn(layout, columns, found.items),
    submitted: submittedColumn(layout, columns, found.items),
    kind: layout === "qualtrics" ? find(/^(?:Status|Response ?Type)$/i) : undefined,
    headingRows,
    problems,
  };
}

/** The first of these that is filled in names the participants. */
const participantTitles: Readonly<Record<Layout, readonly RegExp[]>> = {
  csv: [/^participant(?:[_ ]?id)?$/i, /^(?:pseudonym|subject(?:[_ ]?id)?)$/i],
  redcap: [/^participant(?:[_ ]?id)?$/i, /^record[_ ]id$/i],
  limesurvey: [/^participant(?:[_ ]?id)?$/i, /^(?:token|access code)$/i, /^(?:id|response id)$/i],
  qualtrics: [
    /^participant(?:[_ ]?id)?$/i,
    /^External(?:Data)?Reference$|^External Data Reference$/i,
    /^(?:ResponseId|Response ID)$/i,
  ],
};
const participantHint: Readonly<Record<Layout, string>> = {
  csv: "participant",
  redcap: "record_id",
  limesurvey: "token",
  qualtrics: "ResponseId",
};

function layoutOf(columns: readonly string[]): Layout {
  const has = (titles: RegExp) => columns.some((column) => titles.test(column));
  if (has(/^(?:ResponseId|DistributionChannel|RecordedDate|Recorded Date)$/i)) return "qualtrics";
  if (has(/^(?:submitdate|lastpage|startlanguage|date submitted|response id)$/i) || has(/\[SQ\d{1,4}\]$/i))
    return "limesurvey";
  return has(/^(?:record[_ ]id|redcap_\w{1,40})$/i) ? "redcap" : "csv";
}

/** Qualtrics writes the texts of the questions below their names, and import ids below those. */
function countHeadingRows(columns: readonly string[], rows: readonly TextRow[]): number {
  const ids = rows.slice(0, 2).findIndex(({ cells }) => cells.some((cell) => cell.startsWith('{"ImportId"')));
  if (ids >= 0) return ids + 1;
  const id = columns.findIndex((title) => /^ResponseId$/i.test(title));
  return id >= 0 && rows[0]?.cells[id] === "Response ID" ? 1 : 0;
}

/** Looks for the first column whose title fits. */
const findIn = (columns: readonly string[]) => (titles: RegExp) => {
  const at = columns.findIndex((column) => titles.test(column));
  return at < 0 ? undefined : at;
};

/** Of several forms in one REDCap record: the time before the first item, the state behind the last one. */
function completedColumn(
  layout: Layout,
  columns: readonly string[],
  items: readonly number[],
): number | undefined {
  const find = findIn(columns);
  if (layout === "csv") return find(/^completed ?at$/i);
  if (layout === "limesurvey") return find(/^(?:submitdate|date submitted)$/i);
  if (layout === "qualtrics") return find(/^Recorded ?Date$/i) ?? find(/^End ?Date$/i);
  const first = Math.min(...items);
  const at = columns.findLastIndex(
    (column, k) => k < first && /^(?:survey timestamp|\w{1,100}_timestamp)$/i.test(column),
  );
  return at < 0 ? undefined : at;
}

function submittedColumn(
  layout: Layout,
  columns: readonly string[],
  items: readonly number[],
): number | undefined {
  const titles = {
    csv: /^$(?!)/,
    limesurvey: /^(?:submitdate|date submitted)$/i,
    qualtrics: /^Finished$/i,
    redcap: /^(?:complete\?|\w{1,100}_complete)$/i,
  }[layout];
  const from = layout === "redcap" ? Math.max(...items) : -1;
  const at = columns.findIndex((column, k) => k > from && titles.test(column));
  return at < 0 ? undefined : at;
}

/** A table with hardly any item is another one: one sentence instead of many. */
function notTheBeq(columns: readonly string[], { others }: ItemColumns): TableProblem {
  const found =
    others.length === 0
      ? ""
      : ` It holds ${others
          .slice(0, 5)
          .map(({ scale, columns: count }) => `${excerpt(scale)} (${counted(count, "column")})`)
          .join(", ")}.`;
  return {
    line: 1,
    column: columns[0] ?? "",
    code: "heading",
    message: `This is no table of BEQ responses.${found} Its heading must name beq1 to beq16 (or BEQ_1, BEQ[SQ001], the texts of the items) and the participant, separated by comma, semicolon or tab; columns of other names are told by a map such as beq=Q5_#, participant=code.`,
  };
}
