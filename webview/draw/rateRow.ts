import type { Track } from "../../shared/protocol/results.ts";
import type { Palette } from "./palette.ts";
import type { RowBox } from "./seriesRow.ts";
import { timeToX, type TimeView } from "./timeView.ts";

export type BlinkRate = NonNullable<Track["blinkRate"]>;

/** The row's height stands for this many blinks a minute, or for the most there are. */
const usualMost = 30;

/** A line over time, with its greatest value written at the left. */
export function drawRateRow(
  context: CanvasRenderingContext2D,
  { startMs, stepMs, perMinute }: BlinkRate,
  view: TimeView,
  box: RowBox,
  palette: Palette,
): void {
  const most = perMinute.reduce<number>((a, b) => Math.max(a, b ?? 0), usualMost);
  context.strokeStyle = palette.accent;
  context.lineWidth = 1.5;
  context.beginPath();
  let drawing = false;
  perMinute.forEach((rate, i) => {
    const x = timeToX(view, startMs + i * stepMs, box.width);
    if (rate === null) drawing = false;
    else {
      const y = box.y + box.height - 1 - (rate / most) * (box.height - 2);
      if (drawing) context.lineTo(x, y);
      else context.moveTo(x, y);
      drawing = true;
    }
  });
  context.stroke();
  context.fillStyle = palette.muted;
  context.font = `11px ${palette.font}`;
  context.textBaseline = "top";
  context.fillText(String(Math.round(most)), 2, box.y);
}
