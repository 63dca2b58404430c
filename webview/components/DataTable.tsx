import type { ComponentChildren } from "preact";

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

/** A plain table; the first column heads its row. */
export function DataTable<Row>({ caption, columns, rows, empty = "Nothing here." }: DataTableProps<Row>) {
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
          {rows.map((row, i) => (
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
    </div>
  );
}
