import { AppError } from "../errors.ts";
import { excerpt } from "../text/printable.ts";
import { splitRows, type TextRow } from "./splitRows.ts";
import { counted } from "../text/counted.ts";

/** A table with a heading, as it stands in a file. */
export interface TextTable {
  readonly columns: readonly string[];
  /** A row may be shorter or longer than the heading: readers say so, with its line. */
  readonly rows: readonly TextRow[];
  /** The line of the heading, from 1. */
  readonly headingLine: number;
  readonly delimiter: Delimiter;
}

const delimiters = [",", ";", "\t", "|"] as const;
export type Delimiter = (typeof delimiters)[number];

/** More than this is no table that a person made for EDIN. */
export const tableLimits = { rows: 200_000, columns: 10_000, cells: 3_000_000 } as const;

/**
 * Reads any table of a user: separated by comma, semicolon, tab or `|`, whichever gives rows as long as the heading, or what
 * a first line `sep=;` says. Rows and columns in which nothing stands are left out, and so are empty cells beyond
 * the heading.
 * @throws AppError `invalid_csv` for an open quote, with its line; `too_large`
 */
export function readTable(text: string): TextTable {
  const { body, delimiter: told, line: shift } = withoutMarks(text);
  const delimiter = told ?? guessDelimiter(body);
  const rows: TextRow[] = [];
  let cells = 0;
  for (const row of splitRows(body, delimiter)) {
    cells += row.cells.length;
    if (rows.length > tableLimits.rows || row.cells.length > tableLimits.columns || cells > tableLimits.cells)
      throw new AppError(
        "too_large",
        `The table has more than ${tableLimits.rows} rows, ${tableLimits.columns} columns or ${tableLimits.cells} cells. Cut it into parts.`,
      );
    rows.push({ cells: row.cells.map(withoutFormula), line: row.line + shift });
  }
  const [heading, ...rest] = rows;
  if (heading === undefined) return { columns: [], rows: [], headingLine: 1, delimiter };
  return { ...withoutBlankColumns(heading.cells, rest), headingLine: heading.line, delimiter };
}

/**
 * The rows of a table, each by column name.
 * @throws AppError `invalid_csv` for a missing or doubled column and for a row of another length, with its line; as
 * {@link readTable}
 */
export function readRecords<Column extends string>(
  text: string,
  required: readonly Column[],
): (Record<Column, string> & Readonly<Partial<Record<string, string>>>)[] {
  const { columns, rows, headingLine } = readTable(text);
  const missing = required.filter((column) => !columns.includes(column));
  if (missing.length > 0)
    throw new AppError(
      "invalid_csv",
      `The table lacks the column ${missing.join(", ")}. Line ${headingLine} must name ${required.join(", ")}.`,
    );
  const seen = new Set<string>();
  const twice = columns.find((column) => column !== "" && (seen.has(column) || !seen.add(column)));
  if (twice !== undefined)
    throw new AppError("invalid_csv", `The table has two columns ${excerpt(twice)}. Name one otherwise.`);
  return rows.map(({ cells, line }) => {
    if (cells.length !== columns.length)
      throw new AppError(
        "invalid_csv",
        `Line ${line} has ${counted(cells.length, "cell")}, not ${columns.length}. Fix the line.`,
      );
    return Object.fromEntries(columns.map((column, i) => [column, cells[i]!])) as Record<Column, string>;
  });
}

/** `="007"` is how programs tell spreadsheets that 007 is a text. */
const withoutFormula = (cell: string): string =>
  cell.startsWith('="') && cell.endsWith('"') && cell.length > 2 ? cell.slice(2, -1) : cell;

/** Without a byte-order mark and the line with which spreadsheets tell each other the delimiter. */
function withoutMarks(text: string): { body: string; delimiter: Delimiter | undefined; line: number } {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const [first, delimiter] = /^"?sep=([,;\t|])"?(?:\r\n|\n|\r)/i.exec(body) ?? [];
  if (first === undefined) return { body, delimiter: undefined, line: 0 };
  return { body: body.slice(first.length), delimiter: delimiter as Delimiter, line: 1 };
}

/** Rows that are looked at to tell the delimiter. */
const looked = 20;

/** The delimiter with which most of the first rows are as long as the heading; of equals, the one of the longest heading. */
function guessDelimiter(text: string): Delimiter {
  let best: { delimiter: Delimiter; alike: number; width: number } | undefined;
  for (const delimiter of delimiters) {
    const widths = firstWidths(text, delimiter);
    const [width = 0, ...others] = widths;
    if (width < 2) continue;
    const alike = others.length === 0 ? 1 : others.filter((other) => other === width).length / others.length;
    if (best === undefined || alike > best.alike || (alike === best.alike && width > best.width))
      best = { delimiter, alike, width };
  }
  return best?.delimiter ?? ",";
}

function firstWidths(text: string, delimiter: Delimiter): number[] {
  const widths: number[] = [];
  try {
    for (const { cells } of splitRows(text, delimiter)) {
      widths.push(cells.length);
      if (widths.length > looked) break;
    }
  } catch (error) {
    // An open quote is told when the table is read.
    if (!(error instanceof AppError)) throw error;
  }
  return widths;
}

function withoutBlankColumns(
  heading: readonly string[],
  rows: readonly TextRow[],
): Pick<TextTable, "columns" | "rows"> {
  const filled = heading.map((title) => title !== "");
  for (const { cells } of rows) {
    const known = Math.min(cells.length, filled.length);
    for (let i = 0; i < known; i++) if (cells[i] !== "") filled[i] = true;
  }
  const kept = (cells: readonly string[]) =>
    cells.filter((cell, i) => (i < filled.length ? filled[i] : cell !== ""));
  if (filled.every(Boolean) && rows.every(({ cells }) => cells.length <= heading.length))
    return { columns: heading, rows };
  return { columns: kept(heading), rows: rows.map(({ cells, line }) => ({ cells: kept(cells), line })) };
}
