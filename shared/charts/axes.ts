import { line, text, type ChartPoint } from "./svg.ts";

export interface AxisRange {
  readonly low: number;
  readonly high: number;
}

/** The place of the data inside a drawing, pixels. */
export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly x: AxisRange;
  readonly y: AxisRange;
}

/** Where a value of the horizontal axis lies on the drawing. */
export const placeX = ({ left, right, x }: Plot, value: number): number =>
  left + ((value - x.low) / (x.high - x.low)) * (right - left);
/** Where a value of the vertical axis lies on the drawing. */
export const placeY = ({ top, bottom, y }: Plot, value: number): number =>
  bottom - ((value - y.low) / (y.high - y.low)) * (bottom - top);
/** Where a pair of values lies on the drawing. */
export const placePoint = (plot: Plot, x: number, y: number): ChartPoint => [
  placeX(plot, x),
  placeY(plot, y),
];

/** A range with some air around the values, widened where they are all equal. */
export function rangeAround(values: readonly number[]): AxisRange {
  // No spread: there may be more values than a call takes arguments.
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const air = high > low ? 0.06 * (high - low) : Math.abs(low) * 0.1 || 1;
  return { low: low - air, high: high + air };
}

/** About `count` round values inside the range: 1, 2 or 5 times a power of ten apart. */
export function ticks({ low, high }: AxisRange, count = 5): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/** Grid, numbers and names of both axes. */
export function axes(
  plot: Plot,
  { xName, yName, xTicks = ticks(plot.x), yTicks = ticks(plot.y), xGrid = true }: AxesOptions,
): string[] {
  const { left, right, top, bottom } = plot;
  return [
    ...xTicks.flatMap((value) => {
      const x = placeX(plot, value);
      return [
        ...(xGrid ? [line([x, top], [x, bottom], "grid")] : []),
        text(x, bottom + 16, String(value), { anchor: "middle", kind: "muted" }),
      ];
    }),
    ...yTicks.flatMap((value) => {
      const y = placeY(plot, value);
      return [
        line([left, y], [right, y], "grid"),
        text(left - 6, y + 4, String(value), { anchor: "end", kind: "muted" }),
      ];
    }),
    text((left + right) / 2, bottom + 34, xName, { anchor: "middle" }),
    ...(yName === undefined ? [] : [text(14, (top + bottom) / 2, yName, { anchor: "middle", turned: true })]),
  ];
}

export interface AxesOptions {
  readonly xName: string;
  readonly yName?: string;
  readonly xTicks?: readonly number[];
  readonly yTicks?: readonly number[];
  readonly xGrid?: boolean;
}
