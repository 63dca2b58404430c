import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Button } from "./Button.tsx";

export interface Column<Row> {
  readonly title: string;
  /** Stands in the heading instead of the title. */
  readonly heading?: ComponentChildren;
  readonly number?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

export interface DataTableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly empty?: string;
}

/** A thousand rows are slow to draw and to read: more are shown when they are asked for. */
const rowsAtOnce = 500;

/** A plain table; the first column heads its row. */
export function DataTable<Row>({ caption, columns, rows, empty = "Nothing here." }: DataTableProps<Row>) {
  const shown = useSignal(rowsAtOnce);
  const css = (column: Column<Row>): string => (column.number === true ? "number" : "");
  return (
    // A scrolling region can be reached and scrolled by keyboard.
    <div class="table-scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={css(column)}>
                {column.heading ?? column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.length === 0 && (
            <tr>
              <td colSpan={columns.length} class="muted">
                {empty}
              </td>
            </tr>
          )}
          {rows.slice(0, shown.value).map((row, i) => (
            <tr key={i}>
              {columns.map((column, k) =>
                k === 0 ? (
                  <th key={column.title} scope="row" class={css(column)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.title} class={css(column)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown.value && (
        <Button secondary onClick={() => (shown.value += rowsAtOnce)}>
          Show {Math.min(rowsAtOnce, rows.length - shown.value)} more of {rows.length} rows
        </Button>
      )}
    </div>
  );
}
