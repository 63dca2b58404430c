import { printable } from "../../shared/text/printable.ts";

/** Writes one JSON value on stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Rows under a heading, columns padded to their widest cell. Control characters in a cell are shown as "�". */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  // A file name or a label could carry escape codes for the terminal.
  const clean = [header, ...rows].map((row) => row.map(printable));
  const widths = header.map((_, column) => Math.max(...clean.map((row) => (row[column] ?? "").length)));
  return clean
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Writes a table to stdout, its columns aligned. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  process.stdout.write(`${formatTable(header, rows)}\n`);
}
