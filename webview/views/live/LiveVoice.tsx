import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { ScaledPlot } from "../../components/ScaledPlot.tsx";
import { FigureMenu } from "../../components/SaveFigure.tsx";
import { saveFigure, type Figure } from "../../draw/figure.ts";
import type { TimelineLayer } from "../../draw/layer.ts";
import { palette } from "../../draw/theme.ts";
import { timelineFigure } from "../../draw/timelineFigure.ts";
import type { Host } from "../../host.ts";
import { drawSpectrogram } from "../../draw/spectrogram.ts";
import type { LiveFeed } from "../../live/liveFeed.ts";
import { columns, floorDb } from "../../live/soundPlot.ts";

/** Level and mel spectrogram of the sound, and whether the daemon hears speech in it. */
export function LiveVoice({ host, feed }: { readonly host: Host; readonly feed: LiveFeed }) {
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
        <FigureMenu
          host={host}
          name="live-spectrogram"
          make={(size, format) => saveFigure(soundFigure(feed), size, format)}
        />
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

/** The sound that is kept, on its own axis of time, which ends now. */
function soundFigure({ sound }: LiveFeed): Figure {
  const { columnMs, highHz } = sound.scale;
  const height = 96;
  const layer: TimelineLayer = {
    ...{ id: "sound", kind: "mel", title: "Mel spectrogram", height, gap: 0, raster: true },
    scale: [
      { text: `${highHz / 1000} kHz`, y: 0 },
      { text: "0 Hz", y: height },
    ],
    draw(context, _view, box, colours) {
      drawSpectrogram(context, sound, box.width, box.height, colours);
      return 0;
    },
    valuesAt: () => [],
  };
  return timelineFigure({ layers: [layer], view: { startMs: 0, endMs: columns * columnMs }, lines: false });
}

function speechText(state: "ok" | "no_speech" | "low_quality" | undefined): string {
  if (state === undefined) return "";
  return { ok: "speech", no_speech: "no speech", low_quality: "too quiet or too noisy to judge" }[state];
}
