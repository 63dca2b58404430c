import { axes, placeX, type Plot } from "./axes.ts";
import type { ChartOf } from "./chart.ts";
import { circle, drawing, fitted, line, headings, text } from "./svg.ts";

/** Wide enough for the names beside the plot; in a narrower drawing each stands above its row. */
const wide = 560;
/** Of the figures on the right. */
const wordsWidth = 180;

/** Values, each with its interval, on one scale. */
export function forestChart(
  { title, xName, range: [low, high], ticks, reference, rows }: Omit<ChartOf<"forest">, "kind">,
  width = 720,
): string {
  const beside = width >= wide;
  const rowHeight = beside ? 24 : 40;
  const top = 40;
  const bottom = top + rows.length * rowHeight + 8;
  const plot: Plot = {
    ...{ left: beside ? 270 : 20, right: width - wordsWidth, top, bottom },
    ...{ x: { low, high }, y: { low: 0, high: 1 } },
  };
  const held = placeX(plot, reference);
  return drawing(width, bottom + 46, `${title}. The same numbers stand in the tables.`, [
    ...headings(width, title),
    ...axes(plot, { xName: "", xTicks: ticks, yTicks: [] }),
    text(beside ? (plot.left + plot.right) / 2 : width / 2, bottom + 34, fitted(xName, width - 28), {
      anchor: "middle",
    }),
    line([held, top], [held, bottom], "line"),
    ...rows.flatMap(({ name, value, interval }, i) => {
      const y = top + (i + 1) * rowHeight - 8;
      return [
        beside
          ? text(14, y + 4, fitted(name, plot.left - 28))
          : text(14, y - 14, fitted(name, plot.right - 14)),
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
