import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { palette } from "../../draw/theme.ts";
import { drawSpectrogram } from "../../draw/spectrogram.ts";
import type { LiveFeed } from "../../live/liveFeed.ts";
import { melBands } from "../../live/soundPlot.ts";

/** The quietest level that the meter shows, dB of full scale. */
const floorDb = -80;

/** Level and mel spectrogram of the sound, and whether the daemon hears speech in it. */
export function LiveVoice({ feed }: { readonly feed: LiveFeed }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    feed.follow();
    const target = canvas.current;
    const context = target?.getContext("2d");
    if (target === null || context == null) return;
    const { sound } = feed;
    drawSpectrogram(
      context,
      sound.spectrogram,
      melBands,
      sound.head,
      target.width,
      target.height,
      palette.value,
    );
  });
  feed.follow();
  if (!feed.hasSound) return null;
  const levelDb = Math.round(feed.sound.levelDb);
  const { speech } = feed;
  return (
    <section class="voice" aria-label="Voice">
      <h2>Voice</h2>
      <div class="row">
        <meter
          aria-label="Sound level, dB of full scale"
          min={floorDb}
          max={0}
          low={-60}
          high={-3}
          optimum={-20}
          value={levelDb}
        />
        <span class="figure">{levelDb} dB</span>
        <span class="muted">{speechText(speech?.state)}</span>
      </div>
      <canvas
        ref={canvas}
        width={768}
        height={96}
        role="img"
        aria-label="Mel spectrogram of the last seconds, low pitches at the bottom"
      />
    </section>
  );
}

function speechText(state: "ok" | "no_speech" | "low_quality" | undefined): string {
  if (state === undefined) return "";
  return { ok: "speech", no_speech: "no speech", low_quality: "too quiet or too noisy to judge" }[state];
}
