import { studentQuantile } from "../stats/distributions.ts";
import { fitLine } from "../stats/regression.ts";
import { axes, placePoint, rangeAround, type Plot } from "./axes.ts";
import type { ChartOf } from "./chart.ts";
import { area, circle, drawing, headings, line } from "./svg.ts";
import { counted } from "../text/counted.ts";

/** Where the points lie. */
export function scatterPlot(x: readonly number[], width = 360): { height: number; plot: Plot } {
  const height = Math.min(width, 480) - 40;
  const [top, right, bottom] = [52, width - 12, height - 46];
  return { height, plot: { left: 44, top, right, bottom, x: rangeAround(x), y: { low: 0.7, high: 7.3 } } };
}

/** Points with the least squares line and the 95 % confidence band of its mean. */
export function scatterChart(
  { title, subtitle, xName, yName, x, y }: Omit<ChartOf<"scatter">, "kind">,
  width = 360,
): string {
  const { height, plot } = scatterPlot(x, width);
  const heading = headings(width, title, subtitle);
  if (x.length === 0) return drawing(width, height, `${title}: no participant.`, heading);
  const description = `${title}. ${subtitle}. ${counted(x.length, "participant")}; the numbers are in the table of participants.`;
  return drawing(width, height, description, [
    ...heading,
    ...axes(plot, { xName, yName, yTicks: [1, 2, 3, 4, 5, 6, 7] }),
    ...regression(plot, x, y),
    ...x.map((value, i) => circle(placePoint(plot, value, y[i]!), 4)),
  ]);
}

function regression(plot: Plot, x: readonly number[], y: readonly number[]): string[] {
  const fit = fitLine(x, y);
  if (!fit.defined || fit.n < 3) return [];
  const from = Math.min(...x);
  const to = Math.max(...x);
  const inside = (value: number) => Math.max(plot.y.low, Math.min(plot.y.high, value));
  const mean = (at: number) => fit.intercept + fit.slope * at;
  const half = (at: number) =>
    studentQuantile(0.975, fit.n - 2) *
    fit.residualDeviation *
    Math.sqrt(1 / fit.n + (at - fit.meanX) ** 2 / fit.squaresX);
  const steps = Array.from({ length: 41 }, (_, k) => from + ((to - from) * k) / 40);
  const upper = steps.map((at) => placePoint(plot, at, inside(mean(at) + half(at))));
  const lower = steps.map((at) => placePoint(plot, at, inside(mean(at) - half(at))));
  return [
    area([...upper, ...lower.reverse()], "band"),
    line(placePoint(plot, from, inside(mean(from))), placePoint(plot, to, inside(mean(to))), "accent", {
      width: 2,
    }),
  ];
}
