import { AppError } from "./errors.ts";

/**
 * Rows of a comma-separated table with a heading (RFC 4180: quotes, commas and line ends inside quotes, doubled quotes;
 * a byte-order mark and empty lines are left out), each by column name.
 *
 * @throws AppError `invalid_csv` for a missing column, a row of another length or an open quote, with its line.
 */
export function parseCsv<Column extends string>(
  text: string,
  required: readonly Column[],
): (Record<Column, string> & Readonly<Partial<Record<string, string>>>)[] {
  const [heading, ...rows] = splitRows(text.replace(/^\uFEFF/, ""));
  const columns = heading?.cells.map((cell) => cell.trim()) ?? [];
  const missing = required.filter((column) => !columns.includes(column));
  if (missing.length > 0)
    throw new AppError(
      "invalid_csv",
      `The table lacks the column ${missing.join(", ")}. Its first line must name ${required.join(", ")}.`,
    );
  return rows.map(({ cells, line }) => {
    if (cells.length !== columns.length)
      throw new AppError(
        "invalid_csv",
        `Line ${line} has ${cells.length} cells, not ${columns.length}. Mend the line.`,
      );
    return Object.fromEntries(columns.map((column, i) => [column, cells[i]!.trim()])) as Record<
      Column,
      string
    >;
  });
}

export interface CsvRow {
  readonly cells: string[];
  /** Where the row begins, from 1. */
  readonly line: number;
}

/**
 * The rows of a table as they stand; empty lines are left out.
 * @throws AppError `invalid_csv` for a quote that is never closed
 */
export function splitRows(text: string, delimiter = ","): CsvRow[] {
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let startLine = 1;
  const endRow = () => {
    cells.push(cell);
    if (cells.length > 1 || cell.trim() !== "") rows.push({ cells, line: startLine });
    cells = [];
    cell = "";
    startLine = line;
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === "\n") line++;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[++i]!;
      else quoted = false;
    } else if (c === '"' && cell.trim() === "") {
      cell = "";
      quoted = true;
    } else if (c === delimiter) {
      cells.push(cell);
      cell = "";
    } else if (c === "\n") endRow();
    else if (c !== "\r") cell += c;
  }
  if (quoted)
    throw new AppError("invalid_csv", `Line ${startLine} opens a quote that is never closed. Close it.`);
  endRow();
  return rows;
}

const formulaStart = /^[=+\-@\t\r\n]/;

/**
 * One cell by RFC 4180. Text that a spreadsheet would run as a formula gets an apostrophe before it
 * (https://owasp.org/www-community/attacks/CSV_Injection); numbers are left as they are.
 */
export function csvCell(value: string | number | boolean | undefined): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const safe = formulaStart.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A cell as it was before {@link csvCell} made it safe. */
export function plainCell(cell: string): string {
  return cell.startsWith("'") && formulaStart.test(cell.slice(1)) ? cell.slice(1) : cell;
}
