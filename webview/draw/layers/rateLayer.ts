import type { Track } from "../../../shared/protocol/results.ts";
import type { TimelineLayer, LayerBox } from "../layer.ts";
import type { Palette } from "../palette.ts";
import { formatTime, timeToX, viewText, type TimeView } from "../timeView.ts";

type BlinkRate = NonNullable<Track["blinkRate"]>;

const height = 32;
/** The layer's height stands for this many blinks a minute, or for the most there are. */
const usualMax = 30;

/** Blinks a minute, over the minute until each time. */
export function rateLayer(id: string, title: string, rate: BlinkRate): TimelineLayer {
  const { startMs, stepMs, perMinute } = rate;
  const max = perMinute.reduce<number>((a, b) => Math.max(a, b ?? 0), usualMax);
  return {
    ...{ id, kind: "rate", title, height, gap: 8 },
    scale: [
      { text: `${Math.round(max)} / min`, y: 0 },
      { text: "0", y: height },
    ],
    draw(context, view, box, palette) {
      drawRate(context, rate, max, view, box, palette);
      return 0;
    },
    valuesAt(timeMs) {
      const now = perMinute[Math.round((timeMs - startMs) / stepMs)] ?? undefined;
      return now === undefined ? [] : [{ name: "blinks a minute", value: now.toFixed(1) }];
    },
    table: (view) => ({
      caption: `${title}: over the minute until each time, ${viewText(view)}`,
      columns: [{ title: "Until" }, { title: "Blinks a minute", number: true }],
      rows: perMinute
        .map((blinks, i) => ({ startMs: startMs + i * stepMs, blinks }))
        .filter((row) => row.startMs >= view.startMs && row.startMs <= view.endMs)
        .map((row) => ({
          startMs: row.startMs,
          cells: [formatTime(row.startMs, 100), row.blinks?.toFixed(1) ?? "eyes seen too briefly"],
        })),
    }),
  };
}

/** A line over time; gaps where the rate is not known. */
function drawRate(
  context: CanvasRenderingContext2D,
  { startMs, stepMs, perMinute }: BlinkRate,
  max: number,
  view: TimeView,
  box: LayerBox,
  palette: Palette,
): void {
  context.strokeStyle = palette.accent;
  context.lineWidth = 1.5;
  context.beginPath();
  let drawing = false;
  perMinute.forEach((blinks, i) => {
    const x = timeToX(view, startMs + i * stepMs, box.width);
    if (blinks === null) drawing = false;
    else {
      const y = box.y + box.height - 1 - (blinks / max) * (box.height - 2);
      if (drawing) context.lineTo(x, y);
      else context.moveTo(x, y);
      drawing = true;
    }
  });
  context.stroke();
}
