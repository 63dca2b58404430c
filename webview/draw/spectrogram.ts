import type { Palette } from "./palette.ts";

/** Draws a ring of columns of values 0..255, the oldest at `head`, the lowest value of a column at the bottom. */
export function drawSpectrogram(
  context: CanvasRenderingContext2D,
  values: Uint8Array,
  bands: number,
  head: number,
  width: number,
  height: number,
  palette: Palette,
): void {
  const columns = values.length / bands;
  context.clearRect(0, 0, width, height);
  context.fillStyle = palette.foreground;
  for (let column = 0; column < columns; column++) {
    const at = ((head + column) % columns) * bands;
    const x = Math.floor((column / columns) * width);
    const right = Math.floor(((column + 1) / columns) * width);
    for (let band = 0; band < bands; band++) {
      const value = values[at + band]!;
      if (value < 8) continue;
      const top = Math.floor(height - ((band + 1) / bands) * height);
      const bottom = Math.floor(height - (band / bands) * height);
      context.globalAlpha = value / 255;
      context.fillRect(x, top, right - x, bottom - top);
    }
  }
  context.globalAlpha = 1;
}
