import { axes, placeY, rangeAround, type Plot } from "./axes.ts";
import type { ChartOf } from "./chart.ts";
import { circle, drawing, fitted, headings, line, text, type ChartPoint } from "./svg.ts";

const height = 360;
const perLevel = 130;

const widthOf = (levels: number): number => Math.max(420, 100 + perLevel * levels);

/** Where levels and values lie. */
export function meansPlot(
  { levels, people }: Pick<ChartOf<"means">, "levels" | "people">,
  width = widthOf(levels.length),
) {
  const values = [
    ...levels.flatMap(({ mean, interval }) => [...(mean === undefined ? [] : [mean]), ...(interval ?? [])]),
    ...people.flatMap((row) => row.flatMap((value) => value ?? [])),
  ];
  const plot: Plot = {
    ...{ left: 74, right: width - 16, top: 40, bottom: height - 48 },
    x: { low: -0.5, high: levels.length - 0.5 },
    y: rangeAround(values.length > 0 ? values : [0, 1]),
  };
  return { width, height, plot };
}

/** Means with their intervals, over a thin line for each person. */
export function meansChart(
  { title, valueName, levels, people }: Omit<ChartOf<"means">, "kind">,
  width = widthOf(levels.length),
): string {
  const { plot } = meansPlot({ levels, people }, width);
  const x = (i: number) => plot.left + ((i + 0.5) / levels.length) * (plot.right - plot.left);
  const y = (value: number) => placeY(plot, value);
  return drawing(width, height, `${title}. The same numbers stand in the tables.`, [
    ...headings(width, title),
    ...axes(plot, { xName: "", yName: valueName, xTicks: [] }),
    ...people.flatMap((row) => personLines(row, (i, value) => [x(i), y(value)])),
    ...levels.flatMap(({ name, mean, interval }, i) => [
      text(x(i), plot.bottom + 18, fitted(name || "(none)", (plot.right - plot.left) / levels.length), {
        anchor: "middle",
      }),
      ...(interval === undefined
        ? []
        : [line([x(i), y(interval[0])], [x(i), y(interval[1])], "accent", { width: 3 })]),
      ...(mean === undefined ? [] : [circle([x(i), y(mean)], 6)]),
    ]),
    text(
      width / 2,
      height - 8,
      fitted("dots: means over people with 95 % intervals; lines: people", width - 28, 5.6),
      {
        anchor: "middle",
        kind: "muted",
      },
    ),
  ]);
}

/** Between neighbouring levels of which both are there. */
function personLines(
  row: readonly (number | null)[],
  at: (level: number, value: number) => ChartPoint,
): string[] {
  return row.slice(1).flatMap((value, i) => {
    const before = row[i];
    return value === null || before === undefined || before === null
      ? []
      : [line(at(i, before), at(i + 1, value), "grid", { width: 1.2 })];
  });
}
