import type { TimelineLayer } from "../layer.ts";
import { spanMs } from "../timeView.ts";

/** How long one value of an envelope lasts. */
const stepMs = 10;

/** Loudness of each 10 ms, mirrored around the middle. */
export function envelopeLayer(
  id: string,
  title: string,
  envelope: Uint8Array,
  height: number,
): TimelineLayer {
  return {
    ...{ id, kind: "envelope", title, height, gap: 0 },
    // 24 dB are a sixteenth of the amplitude, and with the root a quarter of the height.
    scale: [
      { text: "0 dB", y: 0 },
      { text: "-24 dB", y: (height / 2) * (1 - 1 / 4) },
    ],
    draw(context, view, { y, width }, palette) {
      context.fillStyle = palette.muted;
      const perPixel = spanMs(view) / width / stepMs;
      for (let x = 0; x < width; x++) {
        const from = Math.floor(view.startMs / stepMs + x * perPixel);
        const to = Math.max(from + 1, Math.floor(view.startMs / stepMs + (x + 1) * perPixel));
        let loudest = 0;
        for (let i = Math.max(0, from); i < Math.min(to, envelope.length); i++)
          loudest = Math.max(loudest, envelope[i]!);
        // A root shows quiet speech too.
        const half = Math.max(0.5, (Math.sqrt(loudest / 255) * height) / 2);
        context.fillRect(x, y + height / 2 - half, 1, 2 * half);
      }
      return 0;
    },
    valuesAt(timeMs) {
      const amplitude = envelope[Math.floor(timeMs / stepMs)];
      return amplitude === undefined ? [] : [{ name: "level", value: levelText(amplitude) }];
    },
  };
}

/** @param amplitude the loudest of its time, full scale being 255 */
const levelText = (amplitude: number): string =>
  amplitude === 0 ? "silent" : `${(20 * Math.log10(amplitude / 255)).toFixed(0)} dB of full scale`;
