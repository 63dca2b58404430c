import { emotionLook } from "../../../shared/emotion/appearance.ts";
import { percent } from "../../../shared/text/percent.ts";
import { heldAt, levelFor, meanBetween, sampleState, type Series } from "../../data/series.ts";
import type { TimelineLayer, LayerBox, LayerTable } from "../layer.ts";
import type { Palette } from "../palette.ts";
import { formatTime, stepsOf, timeToX, viewText, type TimeView } from "../timeView.ts";
import { runs } from "./seriesLayer.ts";

const height = 64;

/** Two series that say something of the same, and what each is called. */
export interface Overlaid {
  readonly first: Series;
  readonly second: Series;
  readonly names: readonly [string, string];
}

/** The probability of one label in two results, one over the other: the first as a line, the second as dashes. */
export function overlaidLayer(id: string, title: string, label: string, both: Overlaid): TimelineLayer {
  const { first, second, names } = both;
  return {
    ...{ id, kind: "series", title, height, gap: 4, colours: [label] },
    scale: [
      { text: "100 %", y: 0 },
      { text: "0 %", y: height },
    ],
    draw: (context, view, box, palette) =>
      drawLine(context, first, label, false, view, box, palette) +
      drawLine(context, second, label, true, view, box, palette),
    valuesAt(timeMs) {
      const values = [valueAt(first, label, timeMs), valueAt(second, label, timeMs)];
      return values.flatMap((value, k) =>
        value === undefined ? [] : [{ name: names[k]!, value: `${label} ${percent(value)}` }],
      );
    },
    table: (view, stepMs) => tableOf(label, both, view, stepMs),
  };
}

function drawLine(
  context: CanvasRenderingContext2D,
  series: Series,
  label: string,
  dashed: boolean,
  view: TimeView,
  box: LayerBox,
  palette: Palette,
): number {
  const k = series.labels.indexOf(label);
  if (k < 0) return 0;
  const { level, from, to } = levelFor(series, view.startMs, view.endMs, box.width / 2);
  for (const [start, end] of runs(level, from, to)) {
    context.beginPath();
    for (let i = start; i < end; i++) {
      const x = timeToX(view, (level.startMs[i]! + level.endMs[i]!) / 2, box.width);
      const y = box.y + box.height - 1 - level.values[i * series.labels.length + k]! * (box.height - 2);
      if (i === start) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    context.setLineDash(dashed ? [5, 3] : []);
    context.strokeStyle = dashed ? palette.foreground : (emotionLook(label)?.colour ?? palette.accent);
    context.lineWidth = dashed ? 1.5 : 2.5;
    context.stroke();
  }
  context.setLineDash([]);
  return to - from;
}

function valueAt({ labels, levels }: Series, label: string, timeMs: number): number | undefined {
  const level = levels[0]!;
  const k = labels.indexOf(label);
  const i = heldAt(level, timeMs);
  return k < 0 || i < 0 ? undefined : level.values[i * labels.length + k];
}

function tableOf(
  label: string,
  { first, second, names }: Overlaid,
  view: TimeView,
  stepMs: number,
): LayerTable {
  const meanIn = ({ labels, levels }: Series, startMs: number): number | undefined => {
    const level = levels[0]!;
    const out = new Float32Array(labels.length);
    return meanBetween(level, labels.length, startMs, startMs + stepMs, out) === sampleState.absent
      ? undefined
      : out[labels.indexOf(label)];
  };
  const shown = (value: number | undefined) => (value === undefined ? "" : percent(value, 1));
  return {
    caption: `${label} in both results, ${viewText(view)}`,
    columns: [
      { title: "From" },
      { title: names[0], number: true },
      { title: names[1], number: true },
      { title: "Difference", number: true },
    ],
    rows: Array.from(stepsOf(view, stepMs), (startMs) => {
      const [a, b] = [meanIn(first, startMs), meanIn(second, startMs)];
      const difference = a === undefined || b === undefined ? undefined : b - a;
      return { startMs, cells: [formatTime(startMs, stepMs), shown(a), shown(b), shown(difference)] };
    }),
  };
}
