import type { TextRow } from "./splitRows.ts";

/** What programs and people write in front of a row that sums up the others; without accents, points and blanks. */
const words: ReadonlySet<string> = new Set(
  [
    "mean means average averages avg median mode sum total totals subtotal grandtotal count n valid missing",
    "sd std stddev stdev stddeviation standarddeviation se sem stderror standarderror var variance min max",
    "minimum maximum range skewness kurtosis cronbachsalpha meansd msd",
    "mittelwert mittel durchschnitt schnitt summe gesamt gesamtsumme anzahl standardabweichung stdabw streuung",
    "varianz standardfehler fehlend gultig",
    "moyenne ecarttype somme mediane effectif media promedio desviacion desviacionestandar suma varianza",
  ]
    .join(" ")
    .split(" "),
);

/** Whether a name is that of a row which sums up others: Mean, SD, N, Total, Mittelwert and their like. */
export function isSummaryName(name: string): boolean {
  const plain = name
    .normalize("NFD")
    .toLowerCase()
    .replace(/[^a-z]/g, "");
  return plain.length > 0 && name.length <= 40 && !/\d/.test(name) && words.has(plain);
}

/** Rows of a table that sum up the others, by what stands in front of them. */
export interface SummaryRows {
  /** From this row on, at the end of the table, there is nothing else. */
  readonly from: number;
  /** Names of those at the end, which nobody should count. */
  readonly names: readonly string[];
  /** Names of rows before that sound alike: a subtotal, or somebody who is called so. */
  readonly doubtful: readonly string[];
}

/** Looks for them by the names in `column`, and in the first column where that one is empty. */
export function findSummaryRows(rows: readonly TextRow[], column: number): SummaryRows {
  const nameOf = ({ cells }: TextRow): string => (cells[column] ?? "").trim() || (cells[0] ?? "").trim();
  let from = rows.length;
  while (from > 0 && isSummaryName(nameOf(rows[from - 1]!))) from--;
  // What sums up nothing is somebody's name.
  if (from === 0) from = rows.length;
  return {
    from,
    names: rows.slice(from).map(nameOf),
    doubtful: rows.slice(0, from).map(nameOf).filter(isSummaryName),
  };
}
