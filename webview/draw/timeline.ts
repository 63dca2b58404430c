import type { AnalysisEvent } from "../../shared/protocol/results.ts";
import type { Series } from "../data/series.ts";
import type { Stretch } from "../data/carried.ts";
import type { MelStore } from "../data/melStore.ts";
import { drawBar, drawEventRow } from "./eventRow.ts";
import { drawMelRow } from "./melRow.ts";
import type { Palette } from "./palette.ts";
import { drawRateRow, type BlinkRate } from "./rateRow.ts";
import { drawSeriesRow, type RowBox, type RowStyle } from "./seriesRow.ts";
import { formatTime, ticks, timeToX, type TimeView } from "./timeView.ts";

export type TimelineRow =
  | { readonly kind: "series"; readonly id: string; readonly title: string; readonly series: Series }
  | {
      readonly kind: "events";
      readonly id: string;
      readonly title: string;
      readonly events: readonly AnalysisEvent[];
    }
  | {
      readonly kind: "stretches";
      readonly id: string;
      readonly title: string;
      readonly stretches: readonly Stretch[];
    }
  | { readonly kind: "mel"; readonly id: string; readonly title: string; readonly mel: MelStore }
  | { readonly kind: "rate"; readonly id: string; readonly title: string; readonly rate: BlinkRate };

const axisHeight = 22;
const rowGap = 8;

export function rowHeight(row: TimelineRow): number {
  return { series: 74, mel: 58, rate: 32, stretches: 22, events: 22 }[row.kind];
}

/** Top of each row and the height of all of them, in CSS pixels. */
export function layoutRows(rows: readonly TimelineRow[]): { tops: number[]; height: number } {
  let y = axisHeight + 4;
  const tops = rows.map((row) => {
    const top = y;
    y += rowHeight(row) + rowGap;
    return top;
  });
  return { tops, height: y };
}

export interface TimelineScene {
  readonly rows: readonly TimelineRow[];
  readonly view: TimeView;
  readonly style: RowStyle;
  readonly width: number;
}

/** Draws axis and rows; returns the number of samples that were drawn. */
export function drawTimeline(
  context: CanvasRenderingContext2D,
  { rows, view, style, width }: TimelineScene,
  palette: Palette,
): number {
  const { tops, height } = layoutRows(rows);
  context.clearRect(0, 0, width, height);
  drawAxis(context, view, width, height, palette);
  let drawn = 0;
  rows.forEach((row, i) => {
    const box = { y: tops[i]!, width, height: rowHeight(row) };
    context.fillStyle = palette.border;
    context.fillRect(0, box.y + box.height + rowGap / 2 - 0.5, width, 1);
    drawn += drawRow(context, row, view, box, style, palette);
  });
  return drawn;
}

/** Returns the number of samples of a series that were drawn. */
function drawRow(
  context: CanvasRenderingContext2D,
  row: TimelineRow,
  view: TimeView,
  box: RowBox,
  style: RowStyle,
  palette: Palette,
): number {
  switch (row.kind) {
    case "series":
      return drawSeriesRow(context, row.series, view, box, style, palette);
    case "mel":
      drawMelRow(context, row.mel, view, box, palette);
      return 0;
    case "rate":
      drawRateRow(context, row.rate, view, box, palette);
      return 0;
    case "stretches":
      drawStretches(context, row.stretches, view, box, palette);
      return 0;
    case "events":
      drawEventRow(context, row.events, view, box, palette);
      return 0;
  }
}

function drawStretches(
  context: CanvasRenderingContext2D,
  stretches: readonly Stretch[],
  view: TimeView,
  box: RowBox,
  palette: Palette,
): void {
  context.font = `11px ${palette.font}`;
  context.textBaseline = "middle";
  for (const { startMs, endMs, label } of stretches) {
    if (endMs < view.startMs || startMs > view.endMs) continue;
    drawBar(context, label, timeToX(view, startMs, box.width), timeToX(view, endMs, box.width), box, palette);
  }
}

function drawAxis(
  context: CanvasRenderingContext2D,
  view: TimeView,
  width: number,
  height: number,
  palette: Palette,
): void {
  const { stepMs, times } = ticks(view, width, 80);
  context.font = `11px ${palette.font}`;
  context.textBaseline = "middle";
  for (const time of times) {
    const x = Math.round(timeToX(view, time, width));
    context.fillStyle = palette.border;
    // Borders are bright in high contrast; a grid must not be.
    context.globalAlpha = palette.highContrast ? 0.35 : 1;
    context.fillRect(x, axisHeight - 6, 1, height - axisHeight + 6);
    context.globalAlpha = 1;
    context.fillStyle = palette.muted;
    const text = formatTime(time, stepMs);
    if (x + 4 + context.measureText(text).width < width) context.fillText(text, x + 4, 9);
  }
}

/** The line at the current time, with its handle on the axis. */
export function drawPlayhead(
  context: CanvasRenderingContext2D,
  view: TimeView,
  timeMs: number,
  width: number,
  height: number,
  palette: Palette,
): void {
  context.clearRect(0, 0, width, height);
  const x = Math.round(timeToX(view, timeMs, width));
  if (x < -6 || x > width + 6) return;
  context.fillStyle = palette.focus;
  context.fillRect(x - 0.75, 10, 1.5, height - 10);
  context.beginPath();
  context.moveTo(x - 5, 6);
  context.lineTo(x + 5, 6);
  context.lineTo(x, 15);
  context.closePath();
  context.fill();
}
