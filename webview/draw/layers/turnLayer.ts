import type { TimelineLayer, LayerBox } from "../layer.ts";
import type { Palette } from "../palette.ts";
import { formatTime, timeToX, type TimeView } from "../timeView.ts";
import { drawBar } from "./bar.ts";

/** Start and end of a stretch in which somebody speaks. */
type Turn = readonly [startMs: number, endMs: number];

/** When one voice speaks. @param turns in order */
export function turnLayer(id: string, title: string, turns: readonly Turn[]): TimelineLayer {
  return {
    ...{ id, kind: "turns", title: "Speaks", height: 16, gap: 6 },
    draw: (context, view, box, palette) => drawTurns(context, turns, view, box, palette),
    valuesAt: (timeMs) =>
      turns
        .filter(([startMs, endMs]) => startMs <= timeMs && timeMs <= endMs)
        .map((turn) => ({ name: title, value: span(turn) })),
    table: ({ startMs, endMs }) => ({
      caption: `When ${title} speaks`,
      columns: [{ title: "From" }, { title: "To" }],
      rows: turns
        .filter(([from, to]) => to > startMs && from < endMs)
        .map(([from, to]) => ({ startMs: from, cells: [formatTime(from, 10), formatTime(to, 10)] })),
    }),
  };
}

const span = ([from, to]: Turn): string => `${formatTime(from)} to ${formatTime(to)}`;

function drawTurns(
  context: CanvasRenderingContext2D,
  turns: readonly Turn[],
  view: TimeView,
  box: LayerBox,
  palette: Palette,
): number {
  let drawn = 0;
  for (const [startMs, endMs] of turns) {
    if (endMs < view.startMs) continue;
    if (startMs > view.endMs) break;
    drawn++;
    const x0 = timeToX(view, startMs, box.width);
    drawBar(context, "", x0, Math.max(timeToX(view, endMs, box.width), x0 + 1.5), box, palette);
  }
  return drawn;
}
