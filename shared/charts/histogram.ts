import { axes, placeX, placeY, ticks, type Plot } from "./axes.ts";
import { area, drawing, headings, line } from "./svg.ts";

/** Of a bin, points on the questionnaire's scale. */
const binWidth = 0.5;

/** How many scores each bin holds, and where it lies. A bin holds its lower end; the last holds 7 too. */
export function histogramPlot(scores: readonly number[], width = 360) {
  const height = Math.round(Math.min((2 * width) / 3, 320));
  const bins = Array.from({ length: (7 - 1) / binWidth }, (_, k) => ({
    low: 1 + k * binWidth,
    high: 1 + (k + 1) * binWidth,
    count: 0,
  }));
  for (const score of scores) bins[Math.min(bins.length - 1, Math.floor((score - 1) / binWidth))]!.count += 1;
  const max = Math.max(1, ...bins.map(({ count }) => count));
  const plot: Plot = {
    ...{ left: 44, top: 52, right: width - 14, bottom: height - 46 },
    ...{ x: { low: 1, high: 7 }, y: { low: 0, high: max * 1.08 } },
  };
  return { height, bins, plot };
}

/** How scores between 1 and 7 are distributed, with their mean. */
export function histogram(title: string, scores: readonly number[], width = 360): string {
  const { height, bins, plot } = histogramPlot(scores, width);
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  const deviation = Math.sqrt(scores.reduce((sum, s) => sum + (s - mean) ** 2, 0) / (scores.length - 1));
  const subtitle =
    scores.length < 2
      ? `n = ${scores.length}`
      : `n = ${scores.length}, mean ${mean.toFixed(2)}, standard deviation ${deviation.toFixed(2)}`;
  const whole = ticks(plot.y, 6).filter((value) => Number.isInteger(value));
  return drawing(width, height, `${title}: ${subtitle}.`, [
    ...headings(width, title, subtitle),
    ...axes(plot, {
      xName: "score",
      yName: "participants",
      xTicks: [1, 2, 3, 4, 5, 6, 7],
      yTicks: whole,
      xGrid: false,
    }),
    ...bins.map(({ low, count }) => bar(plot, low, count)),
    ...(scores.length > 0
      ? [
          line([placeX(plot, mean), plot.top], [placeX(plot, mean), plot.bottom], "second", {
            width: 2,
            dashed: true,
          }),
        ]
      : []),
  ]);
}

function bar(plot: Plot, from: number, count: number): string {
  if (count === 0) return "";
  const left = placeX(plot, from) + 1;
  const right = placeX(plot, from + binWidth) - 1;
  const top = placeY(plot, count);
  return area(
    [
      [left, plot.bottom],
      [left, top],
      [right, top],
      [right, plot.bottom],
    ],
    "bar",
  );
}
