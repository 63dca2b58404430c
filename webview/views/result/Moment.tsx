import type { ReadonlySignal } from "@preact/signals";
import type { FrameStore } from "../../data/frameStore.ts";
import { sampleAt, sampleState, type Series } from "../../data/series.ts";
import type { Playback } from "../../player/playback.ts";
import { percent } from "../text.ts";

export interface MomentProps {
  readonly series: ReadonlySignal<readonly Series[]>;
  readonly playback: Playback;
  readonly frames: FrameStore;
}

/** The probabilities of every row at the time that is shown. */
export function Moment({ series, playback, frames }: MomentProps) {
  const timeMs = playback.timeMs.value;
  const faces = frames.facesOf(frames.frameAt(timeMs));
  return (
    <section class="moment" aria-label="At this frame" tabIndex={0}>
      <h2>At this frame</h2>
      {series.value.map((one) => {
        const gaze = faces.find((face) => one.id === `face:${face.track}`)?.gaze;
        return (
          <MomentRow key={one.id} series={one} timeMs={timeMs}>
            {gaze !== undefined &&
              `gaze ${signed(gaze.yawDeg)}° yaw, ${signed(gaze.pitchDeg)}° pitch${gaze.away ? ", away" : ""}`}
          </MomentRow>
        );
      })}
      {series.value.length === 0 && <p class="muted">No face and no voice was found in this clip.</p>}
    </section>
  );
}

interface MomentRowProps {
  readonly series: Series;
  readonly timeMs: number;
  readonly children: string | false;
}

function MomentRow({ series, timeMs, children }: MomentRowProps) {
  const level = series.levels[0]!;
  const i = sampleAt(level.startMs, timeMs + 0.5);
  const here = i >= 0 && timeMs < level.endMs[i]! + 1 && level.state[i] !== sampleState.absent;
  const width = series.labels.length;
  const values = here ? level.values.subarray(i * width, (i + 1) * width) : undefined;
  const top = values === undefined ? -1 : values.indexOf(Math.max(...values));
  return (
    <div class="moment-row">
      <h3>
        {series.title}
        <span class="muted">
          {values === undefined
            ? " – nothing at this time"
            : level.state[i] === sampleState.lowQuality
              ? " – low quality"
              : ""}
        </span>
      </h3>
      {values !== undefined && (
        <dl class="bars">
          {series.labels.map((label, k) => (
            <div key={label} class={k === top ? "strongest" : ""}>
              <dt>{label}</dt>
              <dd>
                <span class="bar">
                  <span
                    style={{ width: `${values[k]! * 100}%`, background: `var(--edin-emotion-${label})` }}
                  />
                </span>
                <span class="figure">{percent(values[k]!)}</span>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {children !== false && <p class="muted small">{children}</p>}
    </div>
  );
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(0)}`;
}
