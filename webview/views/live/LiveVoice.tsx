import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { ScaledPlot } from "../../components/ScaledPlot.tsx";
import { palette } from "../../draw/theme.ts";
import { drawSpectrogram } from "../../draw/spectrogram.ts";
import type { LiveFeed } from "../../live/liveFeed.ts";
import { columns, floorDb } from "../../live/soundPlot.ts";

/** Level and mel spectrogram of the sound, and whether the daemon hears speech in it. */
export function LiveVoice({ feed }: { readonly feed: LiveFeed }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    feed.follow();
    const target = canvas.current;
    const context = target?.getContext("2d");
    if (target === null || context == null) return;
    const { width, height } = target;
    drawSpectrogram(context, feed.sound, width, height, palette.value);
  });
  feed.follow();
  if (!feed.hasSound) return null;
  const { sound, speech } = feed;
  const { columnMs, highHz } = sound.scale;
  const levelDb = Math.round(sound.levelDb);
  const ago = (columnsAgo: number): string => `${((columnsAgo * columnMs) / 1000).toFixed(1)} s ago`;
  const at = (share: number) => {
    const columnsAgo = Math.min(columns - 1, Math.floor((1 - share) * columns));
    const hz = sound.strongestHz(columnsAgo);
    return {
      share,
      lines: [ago(columnsAgo), hz === undefined ? "nothing to be heard" : `strongest at ${hz.toFixed(0)} Hz`],
    };
  };
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
        <span class="figure">{levelDb > floorDb ? `${levelDb} dB` : "silent"}</span>
        <span class="muted">{speechText(speech?.state)}</span>
      </div>
      <ScaledPlot up={[`${highHz / 1000} kHz`, "0 Hz"]} across={[ago(columns), "now"]} at={at}>
        <canvas
          ref={canvas}
          width={768}
          height={96}
          role="img"
          aria-label="Mel spectrogram of the last seconds, low pitches at the bottom"
        />
      </ScaledPlot>
    </section>
  );
}

function speechText(state: "ok" | "no_speech" | "low_quality" | undefined): string {
  if (state === undefined) return "";
  return { ok: "speech", no_speech: "no speech", low_quality: "too quiet or too noisy to judge" }[state];
}
