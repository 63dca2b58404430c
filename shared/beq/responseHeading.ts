import type { TableProblem } from "../protocol/studies.ts";
import { beqItemCount, beqItems } from "./items.ts";
import type { Layout } from "./responseTable.ts";

/** Where in a table of responses things stand, by column number. */
export interface Heading {
  readonly layout: Layout;
  readonly columns: readonly string[];
  readonly participant: number;
  readonly session: number | undefined;
  readonly completed: number | undefined;
  /** Of item k + 1. */
  readonly items: readonly number[];
  readonly problems: readonly TableProblem[];
}

/** Finds the columns by their titles. `rows` tell which of several columns names the participants. */
export function readHeading(cells: readonly string[], rows: readonly (readonly string[])[]): Heading {
  const columns = cells.map((cell) => cell.trim());
  const layout = layoutOf(columns);
  const problems: TableProblem[] = [];
  const problem = (column: string, code: TableProblem["code"], message: string) =>
    problems.push({ line: 1, column, code, message });
  for (const column of columns) {
    if (/[\uFFFD\0]/.test(column))
      problem(column, "encoding", "A character of the heading cannot be read. Save the table as UTF-8.");
  }
  const find = (titles: RegExp) => {
    const at = columns.findIndex((column) => titles.test(column));
    return at < 0 ? undefined : at;
  };
  const filled = (column: number | undefined) =>
    column !== undefined && rows.some((row) => (row[column] ?? "").trim() !== "") ? column : undefined;
  const participant =
    find(/^participant(?:_?id)?$/i) ??
    (layout === "redcap" ? find(/^record[_ ]id$/i) : undefined) ??
    (layout === "limesurvey"
      ? (filled(find(/^(?:token|access code)$/i)) ?? find(/^(?:id|response id)$/i))
      : undefined);
  const numbers = columns.map(itemOf);
  const items = Array.from({ length: beqItemCount }, (_, k) => numbers.indexOf(k + 1));
  for (const [k, at] of items.entries()) {
    const twice = numbers.indexOf(k + 1, at + 1);
    if (at < 0) problem(`beq${k + 1}`, "heading", `The column of item ${k + 1} is missing.`);
    else if (twice >= 0) problem(columns[twice]!, "heading", `Item ${k + 1} has two columns.`);
  }
  if (participant === undefined) {
    const title = { csv: "participant", redcap: "record_id", limesurvey: "token" }[layout];
    problem(title, "heading", "The column that names the participant is missing.");
  }
  if (problems.length > beqItemCount) {
    problems.splice(0, problems.length, {
      line: 1,
      column: columns[0] ?? "",
      code: "heading",
      message:
        "This is no table of BEQ responses. Its first line must name participant, beq1, ... beq16, separated by comma, semicolon or tab; or it is an export of REDCap or LimeSurvey.",
    });
  }
  return {
    layout,
    columns,
    participant: participant ?? -1,
    session: find(/^session$/i),
    completed: find(/^(?:completedAt|submitdate|date submitted|survey timestamp|\w*_timestamp)$/i),
    items,
    problems,
  };
}

function layoutOf(columns: readonly string[]): Layout {
  const has = (titles: RegExp) => columns.some((column) => titles.test(column));
  if (has(/^(?:submitdate|lastpage|startlanguage|date submitted|response id)$/i) || has(/\[SQ\d+\]$/i))
    return "limesurvey";
  return has(/^(?:record[_ ]id|redcap_\w+)$/i) ? "redcap" : "csv";
}

const letters = (text: string) => text.toLowerCase().replace(/[^a-z]/g, "");
const texts = beqItems.map(letters);

/** The item that a title names: `beq3`, `beq_03`, `BEQ[SQ003]`, or the text of the item itself. */
function itemOf(title: string): number | undefined {
  const [, digits] = /^beq[_ -]?0*(\d{1,2})$/i.exec(title) ?? /^\w+[[_]SQ0*(\d{1,2})\]?$/i.exec(title) ?? [];
  if (digits !== undefined) return Number(digits);
  const plain = letters(title);
  const at = texts.findIndex((text) => plain.endsWith(text));
  return at < 0 ? undefined : at + 1;
}
