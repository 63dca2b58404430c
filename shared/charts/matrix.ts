import { area, drawing, line, text } from "./svg.ts";

export interface MatrixOptions {
  readonly title: string;
  readonly rows: string;
  readonly columns: string;
  readonly labels: readonly string[];
  /** By row and column; `share` of 0 to 1 is drawn as a bar below the text. Undefined leaves a cell empty. */
  readonly cell: (
    row: number,
    column: number,
  ) => { readonly text: string; readonly share: number } | undefined;
}

const letter = 6.6;

/** What stands against what, as SVG: a square of cells, each with its number and a bar for its share. */
export function matrixChart({ title, rows, columns, labels, cell }: MatrixOptions, width: number): string {
  const longest = Math.max(...labels.map((label) => label.length), 1) * letter;
  const left = Math.min(40 + longest, 0.45 * width);
  const side = (width - left - 10) / Math.max(labels.length, 1);
  const rowHeight = Math.max(24, Math.min(side, 34));
  const top = 46 + Math.min(longest, 90);
  const height = Math.round(top + labels.length * rowHeight + 12);
  const cells = labels.flatMap((_, i) =>
    labels.flatMap((_label, k) => {
      const found = cell(i, k);
      if (found === undefined) return [];
      const [x, y] = [left + k * side, top + i * rowHeight];
      const long = Math.min(Math.max(found.share, 0), 1) * (side - 4);
      return [
        area(
          [
            [x + 2, y + rowHeight - 6],
            [x + 2 + long, y + rowHeight - 6],
            [x + 2 + long, y + rowHeight - 3],
            [x + 2, y + rowHeight - 3],
          ],
          "bar",
        ),
        text(x + side / 2, y + rowHeight / 2 + 2, found.text, { anchor: "middle" }),
      ];
    }),
  );
  return drawing(width, height, `${title}. The numbers are in the table beside it.`, [
    text(14, 20, title, { kind: "title" }),
    text(left, 38, `${columns} →`, { kind: "muted" }),
    text(14, top - 8, `${rows} ↓`, { kind: "muted" }),
    ...labels.flatMap((label, i) => [
      text(left - 8, top + (i + 0.5) * rowHeight + 4, label, { anchor: "end" }),
      text(left + (i + 0.5) * side + 4, top - 8, label, { turned: true }),
    ]),
    ...Array.from({ length: labels.length + 1 }, (_, i) => [
      line([left, top + i * rowHeight], [left + labels.length * side, top + i * rowHeight], "grid"),
      line([left + i * side, top], [left + i * side, top + labels.length * rowHeight], "grid"),
    ]).flat(),
    ...cells,
  ]);
}
