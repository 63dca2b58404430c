import { actionUnitNames, actionUnits, maxIntensity } from "../../../shared/emotion/actionUnits.ts";
import {
  heldAt,
  levelFor,
  meanBetween,
  sampleState,
  type Series,
  type SeriesLevel,
} from "../../data/series.ts";
import type { LayerBox, LayerTable, LayerValue, TimelineLayer } from "../layer.ts";
import type { Palette } from "../palette.ts";
import { formatTime, stepsOf, timeToX, viewText, type TimeView } from "../timeView.ts";

/** Height of the row of one unit. */
const rowHeight = 11;
/** Intensities below this are left out of a short list: less than a trace. */
const minShown = 0.5;

/** Action units of a face, a row a unit: the stronger the darker. @param series intensities 0 to 5, a label a unit */
export function unitsLayer(series: Series, title: string): TimelineLayer {
  const height = rowHeight * actionUnits.length;
  return {
    ...{ id: series.id, kind: "units", title, height, gap: 8, raster: true },
    scale: actionUnits.map((text, unit) => ({ text, y: rowHeight * (unit + 0.5) })),
    draw: (context, view, box, palette) => drawUnits(context, series, view, box, palette),
    valuesAt: (timeMs) => unitsAt(series, timeMs).map(named),
    table: (view, stepMs) => unitsTable(series, view, stepMs),
  };
}

/** The units of a face at a time that are there at all, the strongest first, each with its intensity. */
export function unitsAt({ levels }: Series, timeMs: number): { unit: number; intensity: number }[] {
  const level = levels[0]!;
  const i = heldAt(level, timeMs);
  if (i < 0) return [];
  return actionUnits
    .map((_, unit) => ({ unit, intensity: level.values[i * actionUnits.length + unit]! }))
    .filter(({ intensity }) => intensity >= minShown)
    .sort((a, b) => b.intensity - a.intensity);
}

function named({ unit, intensity }: { unit: number; intensity: number }): LayerValue {
  const id = actionUnits[unit]!;
  return { name: `${id} ${actionUnitNames[id]}`, value: intensity.toFixed(1) };
}

function drawUnits(
  context: CanvasRenderingContext2D,
  series: Series,
  view: TimeView,
  box: LayerBox,
  palette: Palette,
): number {
  const { level, from, to } = levelFor(series, view.startMs, view.endMs, box.width / 2);
  actionUnits.forEach((_, unit) => {
    const row = { ...box, y: box.y + unit * rowHeight, height: rowHeight - 1 };
    drawUnit(context, level, unit, from, to, view, row, palette);
  });
  return to - from;
}

/** One unit over time, on a line that shows where the face was seen at all. */
function drawUnit(
  context: CanvasRenderingContext2D,
  level: SeriesLevel,
  unit: number,
  from: number,
  to: number,
  view: TimeView,
  row: LayerBox,
  palette: Palette,
): void {
  for (let i = from; i < to; i++) {
    if (level.state[i] === sampleState.absent) continue;
    // Whole pixels: neighbours meet without a seam.
    const x0 = Math.round(timeToX(view, level.startMs[i]!, row.width));
    const width = Math.max(Math.round(timeToX(view, level.endMs[i]!, row.width)) - x0, 1);
    context.globalAlpha = 1;
    context.fillStyle = palette.border;
    context.fillRect(x0, row.y + row.height - 1, width, 1);
    context.globalAlpha = level.values[i * actionUnits.length + unit]! / maxIntensity;
    context.fillStyle = palette.foreground;
    context.fillRect(x0, row.y, width, row.height);
  }
  context.globalAlpha = 1;
}

/** Means over equal steps. */
function unitsTable({ title, levels }: Series, view: TimeView, stepMs: number): LayerTable {
  const level = levels[0]!;
  const means = new Float32Array(actionUnits.length);
  return {
    caption: `${title}: mean intensity, 0 to ${maxIntensity}, in steps of ${stepMs / 1000} s, ${viewText(view)}`,
    columns: [{ title: "From" }, ...actionUnits.map((unit) => ({ title: unit, number: true }))],
    rows: Array.from(stepsOf(view, stepMs), (startMs) => {
      const state = meanBetween(level, actionUnits.length, startMs, startMs + stepMs, means);
      const absent = state === sampleState.absent;
      const cells = Array.from(means, (mean) => (absent ? "" : mean.toFixed(1)));
      return { startMs, cells: [formatTime(startMs, stepMs), ...cells] };
    }),
  };
}
