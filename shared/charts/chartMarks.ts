import { counted } from "../text/counted.ts";
import { placePoint, placeX, placeY } from "./axes.ts";
import { blandAltmanPlot } from "./blandAltman.ts";
import type { Chart } from "./chart.ts";
import { histogramPlot } from "./histogram.ts";
import { meansPlot } from "./means.ts";
import { reliabilityPlot } from "./reliability.ts";
import { scatterPlot } from "./scatter.ts";
import type { ChartPoint } from "./svg.ts";

/** Something of a chart that can be pointed at: where it lies on the drawing, and what it says. */
export interface ChartMark {
  readonly at: ChartPoint;
  readonly lines: readonly string[];
}

export interface ChartMarks {
  /** Of the drawing of `drawChart`. */
  readonly width: number;
  readonly height: number;
  readonly marks: readonly ChartMark[];
}

const figure = (value: number): string => value.toFixed(2);

/** What can be pointed at in a chart as it is drawn without a width; undefined where its figures stand in it as text. */
export function chartMarks(chart: Chart): ChartMarks | undefined {
  const width = 360;
  switch (chart.kind) {
    case "forest":
      return undefined;
    case "scatter": {
      const { height, plot } = scatterPlot(chart.x, width);
      const lines = (x: number, y: number) => [`${chart.xName} ${figure(x)}`, `${chart.yName} ${figure(y)}`];
      const marks = chart.x.map((x, i) => ({
        at: placePoint(plot, x, chart.y[i]!),
        lines: lines(x, chart.y[i]!),
      }));
      return { width, height, marks };
    }
    case "bland-altman": {
      const { height, means, differences, plot } = blandAltmanPlot(chart, width);
      const marks = means.map((mean, i) => ({
        at: placePoint(plot, mean, differences[i]!),
        lines: [`mean ${figure(mean)}`, `difference ${figure(differences[i]!)}`],
      }));
      return { width, height, marks };
    }
    case "histogram": {
      const { height, bins, plot } = histogramPlot(chart.scores, width);
      const marks = bins.map(({ low, high, count }) => ({
        at: placePoint(plot, (low + high) / 2, count / 2),
        lines: [`${low.toFixed(1)} to ${high.toFixed(1)}`, counted(count, "participant")],
      }));
      return { width, height, marks };
    }
    case "reliability": {
      const { height, plot } = reliabilityPlot(width);
      const marks = chart.bins.flatMap(({ n, confidence, accuracy }) =>
        n === 0
          ? []
          : {
              at: placePoint(plot, confidence!, accuracy!),
              lines: [`confidence ${figure(confidence!)}`, `accuracy ${figure(accuracy!)}`, `n ${n}`],
            },
      );
      return { width, height, marks };
    }
    case "means": {
      const { plot, ...size } = meansPlot(chart);
      const marks = chart.levels.flatMap(({ name, mean, interval }, i) =>
        mean === undefined
          ? []
          : {
              at: [placeX(plot, i), placeY(plot, mean)] as const,
              lines: [
                name || "(none)",
                `mean ${figure(mean)}`,
                ...(interval === undefined ? [] : [`95 % interval ${interval.map(figure).join(" to ")}`]),
              ],
            },
      );
      return { ...size, marks };
    }
  }
}

/** The mark that lies nearest to a point of the drawing. */
export function nearestMark(marks: readonly ChartMark[], [x, y]: ChartPoint): ChartMark | undefined {
  let [best, least]: [ChartMark | undefined, number] = [undefined, Infinity];
  for (const mark of marks) {
    const distance = Math.hypot(mark.at[0] - x, mark.at[1] - y);
    if (distance < least) [best, least] = [mark, distance];
  }
  return best;
}
