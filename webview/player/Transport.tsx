import type { ComponentChildren } from "preact";
import { IconButton } from "../components/Button.tsx";
import { Select } from "../components/Select.tsx";
import { formatTime } from "../draw/timeView.ts";
import { speeds, type FrameIndex, type Playback } from "./playback.ts";

export interface TransportProps {
  readonly playback: Playback;
  readonly frames: Pick<FrameIndex, "frameAt">;
  readonly durationMs: number;
  /** Whether frames have numbers yet. */
  readonly numbered: boolean;
  readonly onStep?: (by: 1 | -1) => void;
  /** Beside those that step and play. */
  readonly buttons?: ComponentChildren;
  /** At the other end. */
  readonly children?: ComponentChildren;
}

/** Buttons under the clip; everything here has a key as well. */
export function Transport({ playback, onStep, buttons, children, ...clock }: TransportProps) {
  const playing = playback.playing.value;
  const step = (by: 1 | -1) => (): void => (onStep ?? playback.step.bind(playback))(by);
  return (
    <div class="transport" role="toolbar" aria-label="Playback">
      <IconButton icon="debug-step-back" label="One frame back (←)" onClick={step(-1)} />
      <IconButton
        icon={playing ? "debug-pause" : "play"}
        label={playing ? "Pause (space)" : "Play (space)"}
        onClick={() => playback.toggle()}
      />
      <IconButton icon="debug-step-over" label="One frame on (→)" onClick={step(1)} />
      {buttons}
      <Clock playback={playback} {...clock} />
      <Select
        label="Speed"
        value={String(playback.rate.value)}
        options={speeds.map((speed) => ({ value: String(speed), text: `${speed}×` }))}
        onChange={(value) => playback.setRate(Number(value))}
      />
      <span class="spread" />
      {children}
    </div>
  );
}

type ClockProps = Pick<TransportProps, "playback" | "frames" | "durationMs" | "numbered">;

function Clock({ playback, frames, durationMs, numbered }: ClockProps) {
  const timeMs = playback.timeMs.value;
  return (
    <span class="clock mono">
      <span>{formatTime(timeMs)}</span>
      <span class="muted"> / {formatTime(durationMs, 10)}</span>
      {numbered && (
        <span class="muted" data-testid="frame">
          {" "}
          · frame {Math.max(frames.frameAt(timeMs), 0)}
        </span>
      )}
    </span>
  );
}
