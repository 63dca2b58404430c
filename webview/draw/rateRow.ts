import type { Track } from "../../shared/protocol/results.ts";
import type { Palette } from "./palette.ts";
import type { RowBox } from "./seriesRow.ts";
import { timeToX, type TimeView } from "./timeView.ts";

export type BlinkRate = NonNullable<Track["blinkRate"]>;

/** The row's height stands for this many blinks a minute, or for the most there are. */
const usualMost = 30;

/** What the top of the row stands for. */
export function maxBlinks({ perMinute }: BlinkRate): number {
  return perMinute.reduce<number>((a, b) => Math.max(a, b ?? 0), usualMost);
}

/** A line over time; gaps where the rate is not known. */
export function drawRateRow(
  context: CanvasRenderingContext2D,
  rate: BlinkRate,
  view: TimeView,
  box: RowBox,
  palette: Palette,
): void {
  const { startMs, stepMs, perMinute } = rate;
  const most = maxBlinks(rate);
  context.strokeStyle = palette.accent;
  context.lineWidth = 1.5;
  context.beginPath();
  let drawing = false;
  perMinute.forEach((blinks, i) => {
    const x = timeToX(view, startMs + i * stepMs, box.width);
    if (blinks === null) drawing = false;
    else {
      const y = box.y + box.height - 1 - (blinks / most) * (box.height - 2);
      if (drawing) context.lineTo(x, y);
      else context.moveTo(x, y);
      drawing = true;
    }
  });
  context.stroke();
}
