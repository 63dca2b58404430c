import type { AnalysisEvent } from "../../../shared/protocol/results.ts";
import { eventText } from "../eventText.ts";
import type { TimelineLayer, LayerBox } from "../layer.ts";
import type { Palette } from "../palette.ts";
import { formatTime, timeToX, type TimeView } from "../timeView.ts";
import { drawBar } from "./bar.ts";

/** Events of one kind, ordered by start. They have a table of their own. */
export function eventLayer(id: string, title: string, events: readonly AnalysisEvent[]): TimelineLayer {
  return {
    ...{ id, kind: "events", title, height: 22, gap: 8 },
    draw: (context, view, box, palette) => drawEvents(context, events, view, box, palette),
    valuesAt: (timeMs) =>
      events
        .filter(({ startMs, endMs }) => startMs <= timeMs && timeMs <= endMs)
        .map((event) => ({
          name: eventText(event) || title,
          value: `${formatTime(event.startMs)} to ${formatTime(event.endMs)}`,
        })),
  };
}

/**
 * Shapes differ by kind: a blink is a tick, a micro-expression candidate a diamond at its apex, a cut a full-height line,
 * everything longer a bar with its text inside.
 */
function drawEvents(
  context: CanvasRenderingContext2D,
  events: readonly AnalysisEvent[],
  view: TimeView,
  box: LayerBox,
  palette: Palette,
): number {
  let drawn = 0;
  context.font = `11px ${palette.font}`;
  context.textBaseline = "middle";
  const middle = box.y + box.height / 2;
  for (const event of events) {
    if (event.endMs < view.startMs) continue;
    if (event.startMs > view.endMs) break;
    drawn++;
    const x0 = timeToX(view, event.startMs, box.width);
    const x1 = Math.max(timeToX(view, event.endMs, box.width), x0 + 1.5);
    context.fillStyle = palette.foreground;
    if (event.kind === "blink") {
      context.fillRect(x0, box.y + 3, Math.max(x1 - x0, 1.5), box.height - 6);
    } else if (event.kind === "scene_cut") {
      context.fillRect(x0, box.y, 1, box.height);
    } else if (event.kind === "micro_expression") {
      const x = timeToX(view, event.apexMs ?? (event.startMs + event.endMs) / 2, box.width);
      context.fillRect(x0, middle - 0.5, x1 - x0, 1);
      diamond(context, x, middle, Math.min(5, box.height / 2 - 1), palette.accent);
    } else {
      drawBar(context, event.label ?? "", x0, x1, box, palette);
    }
  }
  return drawn;
}

function diamond(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  size: number,
  colour: string,
): void {
  context.beginPath();
  context.moveTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size, y);
  context.closePath();
  context.fillStyle = colour;
  context.fill();
}
