import {
  BarController,
  BarElement,
  BasicPlatform,
  CategoryScale,
  Chart,
  Legend,
  LinearScale,
  Tooltip,
  type ChartConfiguration,
} from "chart.js";
import { useEffect, useRef } from "preact/hooks";
import { figureFontPx, printPalette, saveFigure, type Figure } from "../draw/figure.ts";
import type { Palette } from "../draw/palette.ts";
import { palette } from "../draw/theme.ts";
import type { Host } from "../host.ts";
import { FigureMenu } from "./SaveFigure.tsx";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Legend, Tooltip);

export interface BarChartProps {
  readonly label: string;
  /** Saves it as a figure. */
  readonly host: Host;
  readonly groups: readonly string[];
  /** Without colours of their own three series can be told apart. */
  readonly series: readonly {
    readonly title: string;
    readonly values: readonly number[];
    readonly colour?: string;
  }[];
  /** Values of a group lie on one another, from left to right: shares of a whole. */
  readonly stacked?: boolean;
  readonly format: (value: number) => string;
  readonly axes?: { readonly x: string; readonly y: string };
  /** Values are counts: no steps in between. */
  readonly counts?: boolean;
}

/** Bars side by side, or stacked and lying; the caller puts the same numbers in a table beside them. */
export function BarChart(props: BarChartProps) {
  const { label, host, groups, series, stacked = false } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = palette.value;
  useEffect(() => {
    const chart = new Chart(canvas.current!, configuration(props, theme));
    return () => chart.destroy();
  }, [groups.join(), JSON.stringify(series), theme]);
  return (
    <figure class="chart">
      <figcaption>
        {label}
        <FigureMenu
          host={host}
          name={label}
          make={(size, format) => saveFigure(barFigure(props), size, format)}
        />
      </figcaption>
      <div class="chart-box" style={stacked ? { height: `${stackedHeight(groups.length)}px` } : {}}>
        <canvas ref={canvas} role="img" aria-label={`${label}. The table holds the same numbers.`} />
      </div>
    </figure>
  );
}

const stackedHeight = (groups: number): number => 80 + 20 * groups;
const printedHeight = 220;

/** The chart for print; Chart.js draws it on whatever takes its calls. */
function barFigure(props: BarChartProps): Figure {
  const height = props.stacked === true ? stackedHeight(props.groups.length) : printedHeight;
  return {
    height: () => height,
    draw(context, width) {
      const { options, ...rest } = configuration(props, printPalette);
      new Chart(surfaceOf(context, width, height), {
        ...rest,
        options: {
          ...options,
          ...{ responsive: false, devicePixelRatio: 1 },
          font: { family: printPalette.font, size: figureFontPx },
        },
        platform: BasicPlatform,
      }).destroy();
    },
  };
}

/** A part of a drawing, for a library that takes it for a canvas of its own: it may neither clear it nor leave its scale. */
function surfaceOf(context: CanvasRenderingContext2D, width: number, height: number): HTMLCanvasElement {
  const surface = { width, height, getContext: () => own } as unknown as HTMLCanvasElement;
  const own: CanvasRenderingContext2D = new Proxy(context, {
    get(target, key): unknown {
      if (key === "canvas") return surface;
      if (key === "clearRect" || key === "resetTransform" || key === "setTransform") return () => undefined;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
  return surface;
}

function configuration(
  { groups, series, format, axes, counts = false, stacked = false }: BarChartProps,
  theme: Palette,
): ChartConfiguration<"bar"> {
  const title = (text = "") => ({
    display: text !== "",
    text,
    color: theme.muted,
    font: { family: theme.font },
  });
  return {
    type: "bar",
    data: {
      labels: [...groups],
      datasets: series.map((one, i) => ({
        label: one.title,
        data: [...one.values],
        backgroundColor: one.colour ?? [theme.accent, theme.muted, theme.foreground][i % 3]!,
        borderColor: theme.foreground,
        borderWidth: theme.highContrast ? 1 : stacked ? 0.5 : 0,
        // A stacked bar has its edge all around, not only where no other bar is.
        borderSkipped: stacked ? false : "start",
        maxBarThickness: stacked ? 16 : 28,
      })),
    },
    options: {
      animation: false,
      indexAxis: stacked ? "y" : "x",
      responsive: true,
      maintainAspectRatio: false,
      font: { family: theme.font },
      plugins: {
        legend: {
          display: series.length > 1,
          labels: { color: theme.foreground, boxWidth: 10, font: { family: theme.font } },
        },
        tooltip: {
          callbacks: { label: (item) => `${item.dataset.label ?? ""}: ${format(Number(item.raw))}` },
        },
      },
      scales: {
        [stacked ? "y" : "x"]: {
          stacked,
          title: title(axes?.x),
          ticks: { color: theme.foreground, autoSkip: !stacked, font: { family: theme.font } },
          grid: { display: false },
          border: { color: theme.border },
        },
        [stacked ? "x" : "y"]: {
          stacked,
          beginAtZero: true,
          ...(stacked && { max: 1 }),
          title: title(axes?.y),
          ticks: {
            color: theme.muted,
            maxTicksLimit: 5,
            ...(counts && { precision: 0 }),
            callback: (value) => format(Number(value)),
          },
          grid: { color: theme.border },
          border: { display: false },
        },
      },
    },
  };
}
