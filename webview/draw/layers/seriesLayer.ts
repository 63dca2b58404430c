import { emotionLook } from "../../../shared/emotion/appearance.ts";
import {
  follows,
  heldAt,
  levelFor,
  meanBetween,
  sampleState,
  type Series,
  type SeriesLevel,
} from "../../data/series.ts";
import { percent } from "../../../shared/text/percent.ts";
import type { TimelineLayer, LayerBox, LayerTable, LayerValue } from "../layer.ts";
import type { Palette } from "../palette.ts";
import { formatTime, stepsOf, timeToX, viewText, type TimeView } from "../timeView.ts";
import { leadingStretches } from "./leadingStretches.ts";

export type SeriesStyle = "bands" | "lines";

const height = 74;
/** Height of the strip that names the most probable emotion. */
const stripHeight = 16;
/** Where the probabilities begin below the strip. */
const plotTop = stripHeight + 2;

/**
 * The probabilities of one series: the strip of dominant emotions, and below it stacked bands or lines. Only what the view
 * shows is read, from a level that has no more samples than pixels.
 */
export function seriesLayer(series: Series, title: string, style: SeriesStyle): TimelineLayer {
  return {
    ...{ id: series.id, kind: "series", title, height, gap: 8, colours: series.labels },
    scale: [
      { text: "100 %", y: plotTop },
      { text: "0 %", y: height },
    ],
    draw: (context, view, box, palette) => drawSeries(context, series, view, box, style, palette),
    valuesAt: (timeMs) => seriesValues(series, timeMs),
    table: (view, stepMs) => seriesTable(series, view, stepMs),
  };
}

function drawSeries(
  context: CanvasRenderingContext2D,
  series: Series,
  view: TimeView,
  box: LayerBox,
  style: SeriesStyle,
  palette: Palette,
): number {
  const { level, from, to } = levelFor(series, view.startMs, view.endMs, box.width / 2);
  const plot = { ...box, y: box.y + plotTop, height: box.height - plotTop };
  let empty = true;
  for (const [start, end] of runs(level, from, to)) {
    empty = false;
    const run = { context, labels: series.labels, level, start, end, view, box: plot, palette };
    if (style === "bands") drawBands(run);
    else drawLines(run);
  }
  drawStrip(context, series.labels, level, from, to, view, box, palette);
  if (empty) {
    context.fillStyle = palette.muted;
    context.fillText("no values here", 4, box.y + box.height / 2);
  }
  return to - from;
}

/** Stretches of samples that hold values and follow one another without a gap. */
export function* runs(level: SeriesLevel, from: number, to: number): Generator<[number, number]> {
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

/** Samples `start` up to `end`, which follow one another, and where they are drawn. */
interface Run {
  readonly context: CanvasRenderingContext2D;
  readonly labels: readonly string[];
  readonly level: SeriesLevel;
  readonly start: number;
  readonly end: number;
  readonly view: TimeView;
  readonly box: LayerBox;
  readonly palette: Palette;
}

function drawBands({ context, labels, level, start, end, view, box, palette }: Run): void {
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

function drawLines({ context, labels, level, start, end, view, box, palette }: Run): void {
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

/** The name of the most probable emotion over each stretch where it stays the same; pale where quality was low. */
function drawStrip(
  context: CanvasRenderingContext2D,
  labels: readonly string[],
  level: SeriesLevel,
  from: number,
  to: number,
  view: TimeView,
  box: LayerBox,
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

/** Probabilities below this are left out of a short list. */
const minShown = 0.005;

/** What a series says at a time, the strongest first. */
export function seriesValues(series: Series, timeMs: number): LayerValue[] {
  const level = series.levels[0]!;
  const i = heldAt(level, timeMs);
  if (i < 0) return [];
  const width = series.labels.length;
  const values = series.labels
    .map((name, k) => ({ name, p: level.values[i * width + k]! }))
    .filter(({ p }) => p >= minShown)
    .sort((a, b) => b.p - a.p)
    .map(({ name, p }) => ({ name, value: percent(p) }));
  return level.state[i] === sampleState.lowQuality ? [{ name: "low quality", value: "" }, ...values] : values;
}

/** Means over equal steps. */
function seriesTable({ title, labels, levels }: Series, view: TimeView, stepMs: number): LayerTable {
  const level = levels[0]!;
  const rows = Array.from(stepsOf(view, stepMs), (startMs) => {
    const values = new Float32Array(labels.length);
    const state = meanBetween(level, labels.length, startMs, startMs + stepMs, values);
    const shown = Array.from(values, (value) => (state === sampleState.absent ? "" : percent(value, 1)));
    return { startMs, cells: [formatTime(startMs, stepMs), ...shown, ["ok", "low", "absent"][state]!] };
  });
  const step = stepMs < 1000 ? `${stepMs} ms` : `${stepMs / 1000} s`;
  return {
    caption: `${title}: mean probability in steps of ${step}, ${viewText(view)}`,
    columns: [
      { title: "From" },
      ...labels.map((label) => ({ title: label, number: true })),
      { title: "Quality" },
    ],
    rows,
  };
}
