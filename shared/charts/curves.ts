import { axes, placePoint, ticks, type Plot } from "./axes.ts";
import { area, drawing, line, text, type ChartPoint } from "./svg.ts";

/** A value with the least and the greatest of several runs. */
export interface CurveValue {
  readonly at: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface CurvesOptions {
  readonly title: string;
  readonly xName: string;
  readonly yName: string;
  /** Drawn as a full line. */
  readonly first: { readonly name: string; readonly values: readonly CurveValue[] };
  /** Drawn with dashes; empty where there is none. */
  readonly second: { readonly name: string; readonly values: readonly CurveValue[] };
  /** The axis goes from 0 to 1. */
  readonly share: boolean;
  /** A place that is marked, and what it is. */
  readonly mark?: { readonly at: number; readonly name: string } | undefined;
}

const legendRow = 18;

/** Two curves with their bands, axes and legend, as SVG. @param width of the drawing, in the unit of its text of 12 */
export function curvesChart(
  { title, xName, yName, first, second, share, mark }: CurvesOptions,
  width: number,
): string {
  const both = [first, second].filter(({ values }) => values.length > 0);
  const all = both.flatMap(({ values }) => values);
  const height = Math.round(Math.min(0.62 * width, 320)) + legendRow;
  const last = Math.max(2, ...all.map(({ at }) => at));
  const plot: Plot = {
    ...{ left: 58, top: 34, right: width - 12, bottom: height - 46 - legendRow },
    x: { low: Math.min(1, ...all.map(({ at }) => at)), high: last },
    y: { low: 0, high: share ? 1 : Math.max(1e-6, ...all.map(({ high }) => high)) * 1.05 },
  };
  const whole = ticks(plot.x, Math.max(2, Math.floor(width / 90))).filter((value) => Number.isInteger(value));
  const place = (values: readonly CurveValue[], pick: (value: CurveValue) => number): ChartPoint[] =>
    values.map((value) => placePoint(plot, value.at, pick(value)));
  const drawn = ({ values }: CurvesOptions["first"], dashed: boolean): string[] => {
    const points = place(values, ({ mean }) => mean);
    const spread = values.some(({ low, high }) => high > low);
    const kind = dashed ? "second" : "accent";
    return [
      ...(spread
        ? [
            area(
              [...place(values, ({ high }) => high), ...place(values, ({ low }) => low).reverse()],
              dashed ? "second-band" : "band",
            ),
          ]
        : []),
      ...points.slice(1).map((point, i) => line(points[i]!, point, kind, { width: 2, dashed })),
    ];
  };
  const legendY = height - 8;
  return drawing(width, height, `${title}. The numbers are in the table beside it.`, [
    text(14, 20, title, { kind: "title" }),
    ...axes(plot, { xName, yName, xTicks: whole }),
    ...drawn(first, false),
    ...drawn(second, true),
    ...(mark === undefined
      ? []
      : [
          line(placePoint(plot, mark.at, plot.y.low), placePoint(plot, mark.at, plot.y.high), "line", {
            dashed: true,
          }),
          text(placePoint(plot, mark.at, 0)[0] + 4, plot.top + 12, mark.name, { kind: "muted" }),
        ]),
    ...both.flatMap(({ name }, i) => {
      const x = plot.left + (i * (plot.right - plot.left)) / 2;
      return [
        line([x, legendY - 4], [x + 24, legendY - 4], name === first.name ? "accent" : "second", {
          ...{ width: 2, dashed: name !== first.name },
        }),
        text(x + 30, legendY, name),
      ];
    }),
  ]);
}
