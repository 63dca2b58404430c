/** A column of a table as far as sorting and filtering look at it. */
export interface ValueColumn<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number | undefined;
}

/** The rows by a column; what is missing comes last, whichever way is sorted. */
export function sorted<Row>(rows: readonly Row[], { value }: ValueColumn<Row>, down: boolean): Row[] {
  return rows.toSorted((one, other) => compare(value(one), value(other), down));
}

function compare(a: string | number | undefined, b: string | number | undefined, down: boolean): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  return down ? -order : order;
}

/** The rows in whose columns every word of a filter stands, whatever their case. */
export function filtered<Row>(
  rows: readonly Row[],
  columns: readonly ValueColumn<Row>[],
  filter: string,
): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = columns.map(({ value }) => String(value(row) ?? "").toLowerCase()).join(" ");
    return words.every((word) => text.includes(word));
  });
}
