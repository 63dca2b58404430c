import type { ReadonlySignal } from "@preact/signals";
import { actionUnits } from "../../../shared/emotion/actionUnits.ts";
import { EmotionBars } from "../../components/EmotionBars.tsx";
import type { FrameStore } from "../../data/frameStore.ts";
import type { LoadedResult } from "../../data/resultLoader.ts";
import { sampleAt, sampleState, type Series } from "../../data/series.ts";
import { unitsAt } from "../../draw/layers/unitsLayer.ts";
import type { Playback } from "../../player/playback.ts";

export interface MomentProps {
  readonly series: ReadonlySignal<readonly Series[]>;
  readonly carried: LoadedResult["carried"];
  readonly playback: Playback;
  readonly frames: FrameStore;
}

/** The probabilities of whoever is there at the time that is shown; the others by name alone. */
export function Moment({ series, carried, playback, frames }: MomentProps) {
  const timeMs = playback.timeMs.value;
  const faces = frames.facesOf(frames.frameAt(timeMs));
  const samples = series.value
    .filter(({ labels }) => labels !== actionUnits)
    .map((one) => ({ one, i: sampleNow(one, timeMs) }));
  const absent = samples.filter(({ i }) => i < 0).map(({ one }) => one.title);
  return (
    <section class="moment" aria-label="At this frame" tabIndex={0}>
      <h2>At this frame</h2>
      {samples.map(({ one, i }) => {
        if (i < 0) return null;
        const gaze = faces.find((face) => one.id === `face:${face.track}`)?.gaze;
        const by = carried.value
          .find(({ seriesId }) => seriesId === one.id)
          ?.stretches.find(({ startMs, endMs }) => startMs <= timeMs && timeMs < endMs)?.label;
        return (
          <MomentRow key={one.id} series={one} sample={i}>
            {[
              gaze &&
                `gaze ${signed(gaze.yawDeg)}° yaw, ${signed(gaze.pitchDeg)}° pitch${gaze.away ? ", away" : ""}`,
              by && `carried by ${by === "both" ? "face and voice" : `the ${by}`}`,
              one.id.startsWith("face:") &&
                unitsText(
                  series.value.find(({ id }) => id === one.id.replace("face", "units")),
                  timeMs,
                ),
            ].filter((text) => typeof text === "string")}
          </MomentRow>
        );
      })}
      {absent.length > 0 && <p class="muted small absent">Not at this time: {absent.join(", ")}</p>}
      {series.value.length === 0 && <p class="muted">No face and no voice was found in this clip.</p>}
    </section>
  );
}

/** The sample of `series` at `timeMs`, or -1 where it has no values. */
function sampleNow(series: Series, timeMs: number): number {
  const level = series.levels[0]!;
  const i = sampleAt(level.startMs, timeMs + 0.5);
  const here = i >= 0 && timeMs < level.endMs[i]! + 1 && level.state[i] !== sampleState.absent;
  return here ? i : -1;
}

interface MomentRowProps {
  readonly series: Series;
  readonly sample: number;
  /** Sentences below the bars. */
  readonly children: readonly string[];
}

function MomentRow({ series, sample, children }: MomentRowProps) {
  const level = series.levels[0]!;
  const width = series.labels.length;
  const values = level.values.subarray(sample * width, (sample + 1) * width);
  return (
    <div class="moment-row">
      <h3>
        {series.title}
        {level.state[sample] === sampleState.lowQuality && <span class="muted"> – low quality</span>}
      </h3>
      <EmotionBars labels={series.labels} values={values} />
      {children.map((text) => (
        <p key={text} class="muted small">
          {text}
        </p>
      ))}
    </div>
  );
}

/** The action units that are there, with their intensities. */
function unitsText(series: Series | undefined, timeMs: number): string | undefined {
  if (series === undefined || sampleNow(series, timeMs) < 0) return undefined;
  const units = unitsAt(series, timeMs);
  const list = units.map(({ unit, intensity }) => `${actionUnits[unit]} ${intensity.toFixed(1)}`);
  return `action units, 0 to 5: ${list.length === 0 ? "none" : list.join(", ")}`;
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(0)}`;
}
