import type { AnalysisEvent } from "../../shared/protocol/results.ts";
import { melStripFormat } from "../../shared/protocol/mel.ts";
import type { Series } from "../data/series.ts";
import type { Stretch } from "../data/carried.ts";
import type { MelStore } from "../data/melStore.ts";
import { drawBar, drawEventRow } from "./eventRow.ts";
import { drawMelRow } from "./melRow.ts";
import type { Palette } from "./palette.ts";
import { drawLaneRow } from "./laneRow.ts";
import { drawRateRow, maxBlinks, type BlinkRate } from "./rateRow.ts";
import { drawSeriesRow, seriesPlotTop, type RowBox, type RowStyle } from "./seriesRow.ts";
import { formatTime, ticks, timeToX, type TimeView } from "./timeView.ts";

export type TimelineRow =
  /** What a group of rows comes to: who leads when, of its most telling series. */
  | {
      readonly kind: "lane";
      readonly id: string;
      readonly title: string;
      readonly series: Series | undefined;
    }
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

/** Height of a row, pixels. */
export function rowHeight(row: TimelineRow): number {
  return { lane: 18, series: 74, mel: 58, rate: 32, stretches: 22, events: 22 }[row.kind];
}

function rowGap(row: TimelineRow): number {
  return row.kind === "lane" ? 2 : 8;
}

/** What the top and the bottom of a row stand for, and where they are, in CSS pixels from the top of the row. */
export interface RowScale {
  readonly top: { readonly text: string; readonly y: number };
  readonly bottom: { readonly text: string; readonly y: number };
}

/** What the vertical axis of a row shows; undefined for rows without one. */
export function rowScale(row: TimelineRow): RowScale | undefined {
  const texts = scaleTexts(row);
  if (texts === undefined) return undefined;
  const [top, bottom] = texts;
  const y = row.kind === "series" ? seriesPlotTop : 0;
  return { top: { text: top, y }, bottom: { text: bottom, y: rowHeight(row) } };
}

function scaleTexts(row: TimelineRow): [string, string] | undefined {
  if (row.kind === "series") return ["100 %", "0 %"];
  if (row.kind === "rate") return [`${Math.round(maxBlinks(row.rate))} / min`, "0"];
  if (row.kind === "mel") return [`${melStripFormat.highHz / 1000} kHz`, `${melStripFormat.lowHz} Hz`];
  return undefined;
}

/** The row that holds the height `y`, in CSS pixels from the top of the timeline. */
export function rowAt(rows: readonly TimelineRow[], y: number): TimelineRow | undefined {
  const { tops } = layoutRows(rows);
  return rows.find((row, i) => y >= tops[i]! && y <= tops[i]! + rowHeight(row));
}

/** Top of each row and the height of all of them, in CSS pixels. */
export function layoutRows(rows: readonly TimelineRow[]): { tops: number[]; height: number } {
  let y = axisHeight + 4;
  const tops = rows.map((row) => {
    const top = y;
    y += rowHeight(row) + rowGap(row);
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
    // Borders are bright in high contrast; a grid must not be.
    context.globalAlpha = palette.highContrast ? 0.35 : 1;
    context.fillRect(0, box.y + box.height + rowGap(row) / 2 - 0.5, width, 1);
    context.globalAlpha = 1;
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
    case "lane":
      return row.series === undefined ? 0 : drawLaneRow(context, row.series, view, box, palette);
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
