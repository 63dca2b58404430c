import type { ChartOf } from "./chart.ts";
import { axes, placePoint, type Plot } from "./axes.ts";
import { circle, drawing, headings, line } from "./svg.ts";

/** Where the bins lie. */
export function reliabilityPlot(width = 360): { height: number; plot: Plot } {
  const height = Math.min(width, 480) - 40;
  const plot: Plot = {
    ...{ left: 44, top: 52, right: width - 12, bottom: height - 46 },
    ...{ x: { low: 0, high: 1 }, y: { low: 0, high: 1 } },
  };
  return { height, plot };
}

/** Accuracy against confidence; the diagonal is what a calibrated network would reach. A larger dot stands for more time. */
export function reliabilityChart(
  title: string,
  subtitle: string,
  bins: ChartOf<"reliability">["bins"],
  width = 360,
): string {
  const { height, plot } = reliabilityPlot(width);
  const scale = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const max = Math.max(1, ...bins.map(({ n }) => n));
  const filled = bins.filter(({ n }) => n > 0);
  return drawing(width, height, `${title}. ${subtitle}. The numbers are in the table beside it.`, [
    ...headings(width, title, subtitle),
    ...axes(plot, { xName: "confidence", yName: "accuracy", xTicks: scale, yTicks: scale }),
    line(placePoint(plot, 0, 0), placePoint(plot, 1, 1), "grid", { width: 1.5 }),
    ...filled
      .slice(1)
      .map((bin, i) =>
        line(
          placePoint(plot, filled[i]!.confidence!, filled[i]!.accuracy!),
          placePoint(plot, bin.confidence!, bin.accuracy!),
          "accent",
          { width: 2 },
        ),
      ),
    ...filled.map(({ n, confidence, accuracy }) =>
      circle(placePoint(plot, confidence!, accuracy!), 2.5 + 3.5 * Math.sqrt(n / max)),
    ),
  ]);
}
