import { layoutLayers, type TimelineLayer } from "./layer.ts";
import type { Palette } from "./palette.ts";
import { formatTime, timeTicks, timeToX, type TimeView } from "./timeView.ts";

/** Height of the axis above the layers, in CSS pixels. */
export const axisHeight = 26;

export interface LayerScene {
  readonly layers: readonly TimelineLayer[];
  readonly view: TimeView;
  readonly width: number;
  /** The part that is scrolled into sight, in CSS pixels; all of it where that is not said. */
  readonly top?: number;
  readonly bottom?: number;
}

/** Draws the layers that are in sight, from the top of the canvas. @returns how many samples or things were drawn */
export function drawLayers(
  context: CanvasRenderingContext2D,
  { layers, view, width, top = 0, bottom = Infinity }: LayerScene,
  palette: Palette,
): number {
  const { tops, height } = layoutLayers(layers);
  context.clearRect(0, 0, width, height);
  context.fillStyle = palette.border;
  // Borders are bright in high contrast; a grid must not be.
  context.globalAlpha = palette.highContrast ? 0.35 : 1;
  for (const time of timeTicks(view, width, tickGapPx).times)
    context.fillRect(Math.round(timeToX(view, time, width)), 0, 1, height);
  context.globalAlpha = 1;
  let drawn = 0;
  layers.forEach((layer, i) => {
    const box = { y: tops[i]!, width, height: layer.height };
    if (box.y + box.height < top || box.y > bottom) return;
    context.fillStyle = palette.border;
    context.globalAlpha = palette.highContrast ? 0.35 : 1;
    context.fillRect(0, box.y + box.height + layer.gap / 2 - 0.5, width, 1);
    context.globalAlpha = 1;
    drawn += layer.draw(context, view, box, palette);
  });
  return drawn;
}

const tickGapPx = 80;

/** Times over the layers, with a mark each. */
export function drawAxis(
  context: CanvasRenderingContext2D,
  view: TimeView,
  width: number,
  palette: Palette,
): void {
  const { stepMs, times } = timeTicks(view, width, tickGapPx);
  context.clearRect(0, 0, width, axisHeight);
  context.font = `11px ${palette.font}`;
  context.textBaseline = "middle";
  for (const time of times) {
    const x = Math.round(timeToX(view, time, width));
    context.fillStyle = palette.border;
    context.globalAlpha = palette.highContrast ? 0.35 : 1;
    context.fillRect(x, axisHeight - 10, 1, 10);
    context.globalAlpha = 1;
    context.fillStyle = palette.muted;
    const text = formatTime(time, stepMs);
    if (x + 4 + context.measureText(text).width < width) context.fillText(text, x + 4, 9);
  }
}

/** Axis and layers on one canvas that nobody scrolls. */
export function drawTimeline(context: CanvasRenderingContext2D, scene: LayerScene, palette: Palette): void {
  drawAxis(context, scene.view, scene.width, palette);
  context.save();
  context.translate(0, axisHeight);
  drawLayers(context, scene, palette);
  context.restore();
}

/** The line at the current time, with its handle on the axis. */
export function drawPlayhead(
  context: CanvasRenderingContext2D,
  view: TimeView,
  timeMs: number,
  width: number,
  height: number,
  palette: Palette,
): void {
  context.clearRect(0, 0, width, height);
  const x = Math.round(timeToX(view, timeMs, width));
  if (x < -6 || x > width + 6) return;
  context.fillStyle = palette.focus;
  context.fillRect(x - 0.75, 10, 1.5, height - 10);
  context.beginPath();
  context.moveTo(x - 5, 6);
  context.lineTo(x + 5, 6);
  context.lineTo(x, 15);
  context.closePath();
  context.fill();
}
