import type { LayerBox } from "../layer.ts";
import type { Palette } from "../palette.ts";

/** A stretch with its text inside; its ends show whatever its colour. */
export function drawBar(
  context: CanvasRenderingContext2D,
  label: string,
  x0: number,
  x1: number,
  box: LayerBox,
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
