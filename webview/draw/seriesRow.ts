import { emotionLook } from "../../shared/emotion/appearance.ts";
import { follows, levelFor, sampleState, type Series, type SeriesLevel } from "../data/series.ts";
import type { Palette } from "./palette.ts";
import { timeToX, type TimeView } from "./timeView.ts";

export type RowStyle = "bands" | "lines";

/** Where a row lies on its canvas, in CSS pixels. */
export interface RowBox {
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Height of the strip that names the most probable emotion. */
const stripHeight = 16;
/** Where the probabilities begin below the strip. */
export const seriesPlotTop = stripHeight + 2;

/**
 * Draws one series inside `box`: the strip of dominant emotions, and below it the probabilities as stacked bands or as
 * lines. Only what the view shows is read, from a level that has no more samples than pixels. Returns how many samples
 * were drawn.
 */
export function drawSeriesRow(
  context: CanvasRenderingContext2D,
  series: Series,
  view: TimeView,
  box: RowBox,
  style: RowStyle,
  palette: Palette,
): number {
  const { level, from, to } = levelFor(series, view.startMs, view.endMs, box.width / 2);
  const plot = { ...box, y: box.y + seriesPlotTop, height: box.height - seriesPlotTop };
  let empty = true;
  for (const [start, end] of runs(level, from, to)) {
    empty = false;
    if (style === "bands") drawBands(context, series.labels, level, start, end, view, plot, palette);
    else drawLines(context, series.labels, level, start, end, view, plot, palette);
  }
  drawStrip(context, series.labels, level, from, to, view, box, palette);
  if (empty) {
    context.fillStyle = palette.muted;
    context.fillText("no values here", 4, box.y + box.height / 2);
  }
  return to - from;
}

/** Stretches of samples that hold values and follow one another without a gap. */
function* runs(level: SeriesLevel, from: number, to: number): Generator<[number, number]> {
  let start = -1;
  for (let i = from; i <= to; i++) {
    const broken = i === to || level.state[i] === sampleState.absent || (start >= 0 && !follows(level, i));
    if (broken && start >= 0) {
      yield [start, i];
      start = -1;
    }
    if (i < to && start < 0 && level.state[i] !== sampleState.absent) start = i;
  }
}

function drawBands(
  context: CanvasRenderingContext2D,
  labels: readonly string[],
  level: SeriesLevel,
  start: number,
  end: number,
  view: TimeView,
  box: RowBox,
  palette: Palette,
): void {
  const base = new Float32Array(end - start);
  const bottom = box.y + box.height;
  labels.forEach((label, k) => {
    context.beginPath();
    const top: number[] = [];
    for (let i = start; i < end; i++) {
      const x0 = timeToX(view, level.startMs[i]!, box.width);
      const x1 = timeToX(view, level.endMs[i]!, box.width);
      const low = bottom - base[i - start]! * box.height;
      base[i - start]! += level.values[i * labels.length + k]!;
      const high = bottom - Math.min(base[i - start]!, 1) * box.height;
      if (i === start) context.moveTo(x0, low);
      else context.lineTo(x0, low);
      context.lineTo(x1, low);
      top.push(x0, high, x1, high);
    }
    for (let p = top.length - 2; p >= 0; p -= 2) context.lineTo(top[p]!, top[p + 1]!);
    context.closePath();
    context.fillStyle = emotionLook(label)?.colour ?? palette.muted;
    context.fill();
  });
  // Light and dark colours alike end in an edge that shows on the background.
  const left = timeToX(view, level.startMs[start]!, box.width);
  const right = timeToX(view, level.endMs[end - 1]!, box.width);
  context.strokeStyle = palette.foreground;
  context.lineWidth = 0.5;
  context.strokeRect(left, box.y, right - left, box.height);
}

function drawLines(
  context: CanvasRenderingContext2D,
  labels: readonly string[],
  level: SeriesLevel,
  start: number,
  end: number,
  view: TimeView,
  box: RowBox,
  palette: Palette,
): void {
  labels.forEach((label, k) => {
    context.beginPath();
    for (let i = start; i < end; i++) {
      const middle = (level.startMs[i]! + level.endMs[i]!) / 2;
      const x = timeToX(view, middle, box.width);
      const y = box.y + box.height - 1 - level.values[i * labels.length + k]! * (box.height - 2);
      if (i === start) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    const style = emotionLook(label);
    context.setLineDash([...(style?.dash ?? [])]);
    context.strokeStyle = palette.foreground;
    context.lineWidth = 3;
    context.stroke();
    context.strokeStyle = style?.colour ?? palette.muted;
    context.lineWidth = 2;
    context.stroke();
  });
  context.setLineDash([]);
}

/** Where one emotion is the most probable one. */
interface LeadingStretch {
  readonly x0: number;
  readonly x1: number;
  /** `undefined` where the quality was low. */
  readonly label: string | undefined;
}

/** The stretches of samples `from..to` over which the most probable emotion stays the same, inside the box. */
export function* leadingStretches(
  labels: readonly string[],
  level: SeriesLevel,
  from: number,
  to: number,
  view: TimeView,
  width: number,
): Generator<LeadingStretch> {
  let start = from;
  for (let i = from; i < to; i++) {
    const kind = stripKind(level, i, labels.length);
    if (i + 1 < to && stripKind(level, i + 1, labels.length) === kind && follows(level, i + 1)) continue;
    const x0 = Math.max(timeToX(view, level.startMs[start]!, width), 0);
    const x1 = Math.min(timeToX(view, level.endMs[i]!, width), width);
    start = i + 1;
    if (kind !== stripAbsent && x1 > x0) yield { x0, x1, label: kind < 0 ? undefined : labels[kind]! };
  }
}

/** The name of the most probable emotion over each stretch where it stays the same; pale where quality was low. */
function drawStrip(
  context: CanvasRenderingContext2D,
  labels: readonly string[],
  level: SeriesLevel,
  from: number,
  to: number,
  view: TimeView,
  box: RowBox,
  palette: Palette,
): void {
  context.font = `11px ${palette.font}`;
  context.textBaseline = "middle";
  for (const { x0, x1, label } of leadingStretches(labels, level, from, to, view, box.width)) {
    const text = label ?? "low quality";
    context.fillStyle = (label && emotionLook(label)?.colour) ?? palette.muted;
    context.globalAlpha = label === undefined ? 0.35 : 1;
    const width = Math.max(x1 - x0 - 0.5, 0.5);
    context.fillRect(x0, box.y + stripHeight - 4, width, 4);
    context.globalAlpha = 1;
    context.strokeStyle = palette.foreground;
    context.lineWidth = 0.5;
    context.strokeRect(x0, box.y + stripHeight - 4, width, 4);
    if (x1 - x0 > context.measureText(text).width + 6) {
      context.fillStyle = label === undefined ? palette.muted : palette.foreground;
      context.fillText(text, x0 + 2, box.y + 6);
    }
  }
}

const stripAbsent = -2;

function stripKind(level: SeriesLevel, i: number, width: number): number {
  if (level.state[i] === sampleState.absent) return stripAbsent;
  if (level.state[i] === sampleState.lowQuality) return -1;
  let best = 0;
  for (let k = 1; k < width; k++)
    if (level.values[i * width + k]! > level.values[i * width + best]!) best = k;
  return best;
}
