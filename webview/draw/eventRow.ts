import type { AnalysisEvent } from "../../shared/protocol/results.ts";
import type { Palette } from "./palette.ts";
import type { RowBox } from "./seriesRow.ts";
import { timeToX, type TimeView } from "./timeView.ts";

/**
 * Draws one lane of events of one kind, ordered by start. Shapes differ by kind: a blink is a tick, a micro-expression
 * candidate a diamond at its apex, a cut a full-height line, everything longer a bar with its text inside.
 */
export function drawEventRow(
  context: CanvasRenderingContext2D,
  events: readonly AnalysisEvent[],
  view: TimeView,
  box: RowBox,
  palette: Palette,
): void {
  context.font = `11px ${palette.font}`;
  context.textBaseline = "middle";
  const middle = box.y + box.height / 2;
  for (const event of events) {
    if (event.endMs < view.startMs) continue;
    if (event.startMs > view.endMs) break;
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
}

/** A stretch with its text inside; its ends show whatever its colour. */
export function drawBar(
  context: CanvasRenderingContext2D,
  label: string,
  x0: number,
  x1: number,
  box: RowBox,
  palette: Palette,
): void {
  const left = Math.max(x0, 0);
  const right = Math.min(x1, box.width);
  context.fillStyle = palette.accent;
  context.globalAlpha = 0.25;
  context.fillRect(left, box.y + 2, right - left, box.height - 4);
  context.globalAlpha = 1;
  context.fillRect(x0, box.y + 2, 1.5, box.height - 4);
  context.fillRect(x1 - 1.5, box.y + 2, 1.5, box.height - 4);
  if (label === "" || right - left < 24) return;
  context.save();
  context.beginPath();
  context.rect(left + 3, box.y, right - left - 6, box.height);
  context.clip();
  context.fillStyle = palette.foreground;
  context.fillText(label, left + 4, box.y + box.height / 2);
  context.restore();
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
