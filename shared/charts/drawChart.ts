import { blandAltmanChart } from "./blandAltman.ts";
import type { Chart } from "./chart.ts";
import { forestChart } from "./forest.ts";
import { histogram } from "./histogram.ts";
import { meansChart } from "./means.ts";
import { reliabilityChart } from "./reliability.ts";
import { scatterChart } from "./scatter.ts";

/** The chart as SVG. @param width of the drawing, in the unit of its text of 12; each kind has one of its own */
export function drawChart(chart: Chart, width?: number): string {
  switch (chart.kind) {
    case "means":
      return meansChart(chart, width);
    case "forest":
      return forestChart(chart, width);
    case "scatter":
      return scatterChart(chart, width);
    case "bland-altman":
      return blandAltmanChart(chart, width);
    case "histogram":
      return histogram(chart.title, chart.scores, width);
    case "reliability":
      return reliabilityChart(chart.title, chart.subtitle, chart.bins, width);
  }
}
