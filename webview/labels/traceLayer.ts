import type { Trace } from "../../shared/protocol/labels.ts";
import { timeToX, type TimeView } from "../draw/timeView.ts";
import type { LayerBox } from "../draw/layer.ts";
import type { Palette } from "../draw/palette.ts";
import type { Lane } from "./lanes.ts";
import { drawActive, type LaneLayer, type LaneLook } from "./tierLayer.ts";

/** What is rated over time, under the values of others where the scheme shows them. */
export function traceLayer(lane: Lane, { active }: LaneLook): LaneLayer {
  const { key, title, trace } = lane;
  const { minimum, maximum } = rangeOf(lane);
  return {
    ...{ id: key, kind: "tier", title, height, gap: 4, lane },
    scale: [
      { text: String(maximum), y: 0 },
      { text: String(minimum), y: height },
    ],
    draw(context, view, box, palette) {
      if (active) drawActive(context, box, palette);
      drawTrace(context, lane, view, box, palette);
      return 0;
    },
    valuesAt(timeMs) {
      const value = trace?.values[Math.round(((timeMs - trace.startMs) * trace.rateHz) / 1000)] ?? undefined;
      return value === undefined ? [] : [{ name: "rated", value: value.toFixed(2) }];
    },
    hit: () => undefined,
  };
}

const height = 64;

/** What the bottom and the top of the lane stand for. */
const rangeOf = ({ tier: { minimum = 0, maximum = 1 } }: Lane) => ({ minimum, maximum });

function drawTrace(
  context: CanvasRenderingContext2D,
  lane: Lane,
  view: TimeView,
  { y, width }: LayerBox,
  palette: Palette,
): void {
  const { trace, otherTraces } = lane;
  const { minimum, maximum } = rangeOf(lane);
  const toY = (value: number) => y + height - 2 - ((value - minimum) / (maximum - minimum)) * (height - 4);
  if (minimum < 0 && maximum > 0) {
    context.fillStyle = palette.border;
    context.fillRect(0, toY(0), width, 1);
  }
  context.globalAlpha = 0.6;
  for (const other of otherTraces) drawValues(context, other, toY, view, width, palette.muted);
  context.globalAlpha = 1;
  if (trace !== undefined) drawValues(context, trace, toY, view, width, palette.accent);
}

function drawValues(
  context: CanvasRenderingContext2D,
  { startMs, rateHz, values }: Trace,
  toY: (value: number) => number,
  view: TimeView,
  width: number,
  colour: string,
): void {
  const at = (timeMs: number) => ((timeMs - startMs) * rateHz) / 1000;
  const first = Math.max(0, Math.floor(at(view.startMs)));
  const last = Math.min(values.length - 1, Math.ceil(at(view.endMs)));
  // No more than two values a pixel.
  const stride = Math.max(1, Math.floor((last - first) / (2 * width)));
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  let drawing = false;
  for (let i = first; i <= last; i += stride) {
    const value = values[i];
    if (value === null || value === undefined) {
      drawing = false;
      continue;
    }
    const x = timeToX(view, startMs + (1000 * i) / rateHz, width);
    if (drawing) context.lineTo(x, toY(value));
    else context.moveTo(x, toY(value));
    drawing = true;
  }
  context.stroke();
}
