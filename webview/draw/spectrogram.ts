import type { Palette } from "./palette.ts";

/** A ring of columns of values, the lowest band of each first. */
export interface SpectrogramRing {
  /** 0 to 255. */
  readonly spectrogram: Uint8Array;
  readonly bands: number;
  /** The oldest column. */
  readonly head: number;
}

/** Weaker values are not drawn. */
export const drawnFrom = 8;

/** Draws the ring from its oldest column on, the lowest band at the bottom. */
export function drawSpectrogram(
  context: CanvasRenderingContext2D,
  { spectrogram, bands, head }: SpectrogramRing,
  width: number,
  height: number,
  palette: Palette,
): void {
  const columns = spectrogram.length / bands;
  context.clearRect(0, 0, width, height);
  context.fillStyle = palette.foreground;
  for (let column = 0; column < columns; column++) {
    const at = ((head + column) % columns) * bands;
    const x = Math.floor((column / columns) * width);
    const right = Math.floor(((column + 1) / columns) * width);
    for (let band = 0; band < bands; band++) {
      const value = spectrogram[at + band]!;
      if (value < drawnFrom) continue;
      const top = Math.floor(height - ((band + 1) / bands) * height);
      const bottom = Math.floor(height - (band / bands) * height);
      context.globalAlpha = value / 255;
      context.fillRect(x, top, right - x, bottom - top);
    }
  }
  context.globalAlpha = 1;
}
