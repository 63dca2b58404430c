import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { sorted, type ValueColumn } from "../data/sortRows.ts";
import { DataTable } from "./DataTable.tsx";

export interface SortedColumn<Row> extends ValueColumn<Row> {
  readonly number?: boolean;
  /** What is shown; the value itself where this is absent. */
  readonly cell?: (row: Row) => ComponentChildren;
}

export interface SortedTableProps<Row> {
  readonly caption: string;
  readonly columns: readonly SortedColumn<Row>[];
  readonly rows: readonly Row[];
  readonly empty?: string;
}

/** A table whose headings sort it. Unsorted, it has the order of its rows. */
export function SortedTable<Row>({ caption, columns, rows, empty }: SortedTableProps<Row>) {
  const order = useSignal<{ readonly title: string; readonly down: boolean } | undefined>(undefined);
  const now = order.value;
  const by = columns.find(({ title }) => title === now?.title);
  const shown = by === undefined ? rows : sorted(rows, by, now!.down);
  const heading = (title: string) => {
    const own = now?.title === title;
    return (
      <button
        type="button"
        class="link"
        aria-label={`Sort by ${title}${own ? (now.down ? ", falling now" : ", rising now") : ""}`}
        onClick={() => (order.value = own && now.down ? undefined : { title, down: own })}
      >
        {title} {own ? (now.down ? "▾" : "▴") : ""}
      </button>
    );
  };
  return (
    <DataTable
      caption={caption}
      rows={shown}
      {...(empty !== undefined && { empty })}
      columns={columns.map((column) => ({
        title: column.title,
        heading: heading(column.title),
        ...(column.number === true && { number: true }),
        cell: column.cell ?? column.value,
      }))}
    />
  );
}
