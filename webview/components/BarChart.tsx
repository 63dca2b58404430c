import { BarController, BarElement, CategoryScale, Chart, Legend, LinearScale, Tooltip } from "chart.js";
import { useEffect, useRef } from "preact/hooks";
import { palette } from "../draw/theme.ts";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Legend, Tooltip);

export interface BarChartProps {
  readonly label: string;
  readonly groups: readonly string[];
  readonly series: readonly { readonly title: string; readonly values: readonly number[] }[];
  /** One a group, for a single series. */
  readonly colours?: readonly string[];
  readonly format: (value: number) => string;
  readonly axes?: { readonly x: string; readonly y: string };
  /** Values are counts: no steps in between. */
  readonly counts?: boolean;
}

const order = ["sad", "surprise", "disgust", "fear", "happy", "angry", "contempt"] as const;

/** Bars side by side; the caller puts the same numbers in a table beside them. */
export function BarChart({ label, groups, series, colours, format, axes, counts = false }: BarChartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = palette.value;
  useEffect(() => {
    const title = (text = "") => ({
      display: text !== "",
      text,
      color: theme.muted,
      font: { family: theme.font },
    });
    const chart = new Chart(canvas.current!, {
      type: "bar",
      data: {
        labels: [...groups],
        datasets: series.map((one, i) => ({
          label: one.title,
          data: [...one.values],
          backgroundColor: colours === undefined ? theme.emotion[order[i % order.length]!]! : [...colours],
          borderColor: theme.foreground,
          borderWidth: theme.highContrast ? 1 : 0,
          maxBarThickness: 28,
        })),
      },
      options: {
        animation: false,
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
          x: {
            title: title(axes?.x),
            ticks: { color: theme.foreground, font: { family: theme.font } },
            grid: { display: false },
            border: { color: theme.border },
          },
          y: {
            beginAtZero: true,
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
    });
    return () => chart.destroy();
  }, [groups.join(), JSON.stringify(series), theme]);
  return (
    <figure class="chart">
      <figcaption>{label}</figcaption>
      <div class="chart-box">
        <canvas ref={canvas} role="img" aria-label={`${label}. The table holds the same numbers.`} />
      </div>
    </figure>
  );
}
