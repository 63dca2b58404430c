import type { Chart } from "../../../shared/charts/chart.ts";

/** A report as blocks of plain text; the renderers alone know how a format escapes it. */
export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: string }
  /** Something that the reader must not miss. */
  | { readonly kind: "notice"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  | Table
  | { readonly kind: "figures"; readonly figures: readonly ReportFigure[] };

export interface Table {
  readonly kind: "table";
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A chart; its file is `charts/<name>.svg`. */
export interface ReportFigure {
  readonly name: string;
  readonly title: string;
  readonly chart: Chart;
}

/** A heading of the report. */
export const heading = (level: 1 | 2 | 3, text: string): Block => ({ kind: "heading", level, text });
/** A paragraph of plain text. */
export const paragraph = (text: string): Block => ({ kind: "paragraph", text });
/** Something that a reader must not miss. */
export const notice = (text: string): Block => ({ kind: "notice", text });
/** A list of sentences. */
export const list = (items: readonly string[]): Block => ({ kind: "list", items });
/** Charts side by side. */
export const figures = (all: readonly ReportFigure[]): Block => ({ kind: "figures", figures: all });
/** A table with its caption. */
export const table = (
  caption: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): Table => ({ kind: "table", caption, head, rows });

/** Rows that a table of people or clips shows. */
const mostRows = 1000;

/** A table with a row a person or clip: of very many the first, and where the others are. */
export function longTable(...[caption, head, rows]: Parameters<typeof table>): Block[] {
  if (rows.length <= mostRows) return [table(caption, head, rows)];
  const text = `${caption}: the first ${mostRows} of ${rows.length} rows. Its report.json, which edin beq validate writes, holds all of them.`;
  return [notice(text), table(caption, head, rows.slice(0, mostRows))];
}
