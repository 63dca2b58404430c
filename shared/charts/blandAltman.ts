import type { Interval } from "../stats/intervals.ts";
import { axes, placePoint, placeY, rangeAround, type Plot } from "./axes.ts";
import type { ChartOf } from "./chart.ts";
import { area, circle, drawing, headings, line, text } from "./svg.ts";
import { counted } from "../text/counted.ts";

/** Mean and difference of each pair, and where they lie. */
export function blandAltmanPlot(
  { first, second, limits }: Pick<ChartOf<"bland-altman">, "first" | "second" | "limits">,
  width = 360,
) {
  const height = Math.min(width, 480) - 40;
  const means = first.map((value, i) => (value + second[i]!) / 2);
  const differences = first.map((value, i) => value - second[i]!);
  const { lowerLimitInterval, upperLimitInterval } = limits;
  const y = rangeAround([...differences, ...lowerLimitInterval, ...upperLimitInterval, 0]);
  const plot: Plot = { left: 44, top: 52, right: width - 46, bottom: height - 46, x: rangeAround(means), y };
  return { height, means, differences, plot };
}

/** Difference over mean, with bias, limits of agreement and the 95 % interval of each. */
export function blandAltmanChart(
  { title, first, second, limits }: Omit<ChartOf<"bland-altman">, "kind">,
  width = 360,
): string {
  const { height, means, differences, plot } = blandAltmanPlot({ first, second, limits }, width);
  const { bias, lowerLimitInterval, upperLimitInterval, biasInterval } = limits;
  const band = ([low, high]: Interval, kind: "band" | "second-band") =>
    area(
      [
        [plot.left, placeY(plot, low)],
        [plot.right, placeY(plot, low)],
        [plot.right, placeY(plot, high)],
        [plot.left, placeY(plot, high)],
      ],
      kind,
    );
  const across = (value: number, kind: "line" | "second" | "accent", dashed: boolean) =>
    line([plot.left, placeY(plot, value)], [plot.right, placeY(plot, value)], kind, { width: 1.5, dashed });
  const label = (value: number) => text(plot.right + 4, placeY(plot, value) + 4, value.toFixed(2));
  const [low, high] = limits.limits;
  const subtitle = `bias ${bias.toFixed(2)}, limits ${low.toFixed(2)} to ${high.toFixed(2)}`;
  const description = `${title}: ${subtitle}. ${counted(first.length, "participant")}; the intervals are in the table beside it.`;
  return drawing(width, height, description, [
    ...headings(width, title, subtitle),
    ...axes(plot, { xName: "mean of mapped index and facet", yName: "mapped index less facet" }),
    band(lowerLimitInterval, "second-band"),
    band(upperLimitInterval, "second-band"),
    band(biasInterval, "band"),
    line([plot.left, placeY(plot, 0)], [plot.right, placeY(plot, 0)], "line"),
    across(bias, "accent", false),
    across(low, "second", true),
    across(high, "second", true),
    ...means.map((mean, i) => circle(placePoint(plot, mean, differences[i]!), 4)),
    label(bias),
    label(low),
    label(high),
  ]);
}
