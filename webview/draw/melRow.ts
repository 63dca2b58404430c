import { melStripFormat } from "../../shared/protocol/mel.ts";
import type { MelStore } from "../data/melStore.ts";
import type { Palette } from "./palette.ts";
import type { RowBox } from "./seriesRow.ts";
import { xToTime, type TimeView } from "./timeView.ts";

/** Louder is more of the text's colour; the lowest band is at the bottom. A column a pixel shows the loudest of its time. */
export function drawMelRow(
  context: CanvasRenderingContext2D,
  mel: MelStore,
  view: TimeView,
  box: RowBox,
  palette: Palette,
): void {
  const { bands } = melStripFormat;
  const width = Math.floor(box.width);
  const bandHeight = box.height / bands;
  context.fillStyle = palette.foreground;
  for (let x = 0; x < width; x++) {
    const [startMs, endMs] = [xToTime(view, x, box.width), xToTime(view, x + 1, box.width)];
    for (let band = 0; band < bands; band++) {
      const value = mel.loudest(band, startMs, endMs);
      if (value === 0) continue;
      context.globalAlpha = value / 255;
      context.fillRect(x, box.y + box.height - (band + 1) * bandHeight, 1, bandHeight);
    }
  }
  context.globalAlpha = 1;
}
