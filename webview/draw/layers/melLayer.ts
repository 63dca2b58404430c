import { melStripFormat } from "../../../shared/protocol/mel.ts";
import { bandHz, melDecibels, type MelStore } from "../../data/melStore.ts";
import type { TimelineLayer, LayerBox } from "../layer.ts";
import type { Palette } from "../palette.ts";
import { formatTime, stepsOf, viewText, xToTime, type TimeView } from "../timeView.ts";

const { bands, columnMs, lowHz, highHz } = melStripFormat;

/** The mel spectrogram of the clip's sound. */
export function melLayer(id: string, title: string, mel: MelStore, height = 58): TimelineLayer {
  return {
    ...{ id, kind: "mel", title, height, gap: 8, raster: true },
    scale: [
      { text: `${highHz / 1000} kHz`, y: 0 },
      { text: `${lowHz} Hz`, y: height },
    ],
    draw(context, view, box, palette) {
      drawMel(context, mel, view, box, palette);
      return 0;
    },
    valuesAt(timeMs) {
      const { band, max } = loudestBand(mel, timeMs, timeMs + columnMs);
      return max === 0
        ? []
        : [{ name: `loudest at ${bandHz(band).toFixed(0)} Hz`, value: `${melDecibels(max).toFixed(0)} dB` }];
    },
    table: (view, stepMs) => ({
      caption: `${title}: the loudest band in steps of ${stepMs / 1000} s, ${viewText(view)}`,
      columns: [{ title: "From" }, { title: "Band, Hz", number: true }, { title: "Level, dB", number: true }],
      rows: Array.from(stepsOf(view, stepMs), (startMs) => {
        const { band, max } = loudestBand(mel, startMs, startMs + stepMs);
        const cells = max === 0 ? ["silent", ""] : [bandHz(band).toFixed(0), melDecibels(max).toFixed(0)];
        return { startMs, cells: [formatTime(startMs, 100), ...cells] };
      }),
    }),
  };
}

function loudestBand(mel: MelStore, fromMs: number, toMs: number): { band: number; max: number } {
  let [band, max] = [0, 0];
  for (let i = 0; i < bands; i++) {
    const value = mel.loudest(i, fromMs, toMs);
    if (value > max) [band, max] = [i, value];
  }
  return { band, max };
}

/** Louder is more of the text's colour; the lowest band is at the bottom. A column a pixel shows the loudest of its time. */
function drawMel(
  context: CanvasRenderingContext2D,
  mel: MelStore,
  view: TimeView,
  box: LayerBox,
  palette: Palette,
): void {
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
