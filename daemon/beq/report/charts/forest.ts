import { axes, placeX, type Plot } from "../../../../shared/charts/axes.ts";
import { circle, drawing, line, text } from "../../../../shared/charts/svg.ts";

export interface ForestRow {
  readonly name: string;
  /** undefined where the correlation could not be computed. */
  readonly value: number | undefined;
  readonly interval: readonly [number, number] | undefined;
}

const width = 720;
const rowHeight = 24;

/** Correlations, each with its interval on a scale from -1 to 1. */
export function forestChart(title: string, rows: readonly ForestRow[]): string {
  const top = 40;
  const bottom = top + rows.length * rowHeight + 8;
  const plot: Plot = { left: 270, right: 540, top, bottom, x: { low: -1, high: 1 }, y: { low: 0, high: 1 } };
  const zero = placeX(plot, 0);
  return drawing(width, bottom + 46, `${title}. The same numbers stand in the tables.`, [
    text(14, 20, title, { kind: "title" }),
    ...axes(plot, { xName: "correlation, 95 % interval", xTicks: [-1, -0.5, 0, 0.5, 1], yTicks: [] }),
    line([zero, top], [zero, bottom], "line"),
    ...rows.flatMap(({ name, value, interval }, i) => {
      const y = top + (i + 0.5) * rowHeight + 4;
      return [
        text(14, y + 4, name),
        ...(interval === undefined
          ? []
          : [line([placeX(plot, interval[0]), y], [placeX(plot, interval[1]), y], "accent", { width: 2 })]),
        ...(value === undefined ? [] : [circle([placeX(plot, value), y], 5)]),
        text(plot.right + 14, y + 4, words(value, interval)),
      ];
    }),
  ]);
}

function words(value: number | undefined, interval: readonly [number, number] | undefined): string {
  if (value === undefined) return "not defined";
  const ends = interval?.map((end) => end.toFixed(2)).join(" to ") ?? "no interval";
  return `${value.toFixed(2)} (${ends})`;
}
