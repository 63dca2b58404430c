import { emotionLook } from "../../../shared/emotion/appearance.ts";
import { isDark } from "../readable.ts";
import { levelFor, type Series } from "../../data/series.ts";
import type { TimelineLayer, LayerBox } from "../layer.ts";
import type { Palette } from "../palette.ts";
import type { TimeView } from "../timeView.ts";
import { leadingStretches } from "./leadingStretches.ts";
import { seriesValues } from "./seriesLayer.ts";

/** What a group of layers comes to: who leads when, of its most telling series. */
export function leadingLayer(id: string, title: string, series: Series | undefined): TimelineLayer {
  return {
    ...{ id, kind: "lane", title, height: 18, gap: 2 },
    ...(series !== undefined && { colours: series.labels }),
    draw: (context, view, box, palette) =>
      series === undefined ? 0 : drawLeading(context, series, view, box, palette),
    valuesAt: (timeMs) => (series === undefined ? [] : seriesValues(series, timeMs)),
  };
}

/** A block for each stretch in which one emotion leads, with its name inside where that fits. */
function drawLeading(
  context: CanvasRenderingContext2D,
  series: Series,
  view: TimeView,
  box: LayerBox,
  palette: Palette,
): number {
  const { level, from, to } = levelFor(series, view.startMs, view.endMs, box.width / 2);
  context.font = `11px ${palette.font}`;
  context.textBaseline = "middle";
  context.strokeStyle = palette.foreground;
  context.lineWidth = 0.5;
  const [top, height] = [box.y + 1.5, box.height - 3];
  for (const { x0, x1, label } of leadingStretches(series.labels, level, from, to, view, box.width)) {
    const colour = label === undefined ? undefined : emotionLook(label)?.colour;
    if (colour !== undefined) {
      context.fillStyle = colour;
      context.fillRect(x0, top, x1 - x0, height);
    }
    context.strokeRect(x0, top, x1 - x0, height);
    const text = label ?? "low quality";
    if (x1 - x0 <= context.measureText(text).width + 8) continue;
    context.fillStyle = colour === undefined ? palette.muted : isDark(colour) ? "#ffffff" : "#000000";
    context.fillText(text, x0 + 4, box.y + box.height / 2 + 0.5);
  }
  return to - from;
}
