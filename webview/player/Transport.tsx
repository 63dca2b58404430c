import type { ReadonlySignal, Signal } from "@preact/signals";
import { IconButton } from "../components/Button.tsx";
import { Checkbox } from "../components/Checkbox.tsx";
import { Icon } from "../components/Icon.tsx";
import { Menu } from "../components/Menu.tsx";
import { Select } from "../components/Select.tsx";
import type { FrameStore } from "../data/frameStore.ts";
import type { OverlayParts } from "../draw/overlay.ts";
import { formatTime } from "../draw/timeView.ts";
import { shortcuts } from "./keys.ts";
import { speeds, type Playback } from "./playback.ts";

export interface TransportProps {
  readonly playback: Playback;
  readonly frames: FrameStore;
  readonly durationMs: number;
  readonly parts: Signal<OverlayParts> | undefined;
  readonly loaded: ReadonlySignal<number>;
}

/** Buttons under the clip; everything here has a key as well. */
export function Transport({ playback, frames, durationMs, parts, loaded }: TransportProps) {
  const playing = playback.playing.value;
  return (
    <div class="transport" role="toolbar" aria-label="Playback">
      <IconButton icon="debug-step-back" label="One frame back (←)" onClick={() => playback.step(-1)} />
      <IconButton
        icon={playing ? "debug-pause" : "play"}
        label={playing ? "Pause (space)" : "Play (space)"}
        onClick={() => playback.toggle()}
      />
      <IconButton icon="debug-step-over" label="One frame on (→)" onClick={() => playback.step(1)} />
      <Clock playback={playback} frames={frames} durationMs={durationMs} loaded={loaded} />
      <Select
        label="Speed"
        value={String(playback.rate.value)}
        options={speeds.map((speed) => ({ value: String(speed), text: `${speed}×` }))}
        onChange={(value) => playback.setRate(Number(value))}
      />
      <span class="spread" />
      {parts !== undefined &&
        (["boxes", "landmarks", "gaze"] as const).map((part) => (
          <Checkbox
            key={part}
            label={{ boxes: "Boxes", landmarks: "Landmarks", gaze: "Gaze" }[part]}
            checked={parts.value[part]}
            onChange={(checked) => (parts.value = { ...parts.value, [part]: checked })}
          />
        ))}
      <Menu class="shortcuts" label="Keyboard shortcuts" summary={<Icon name="question" />}>
        <dl>
          {shortcuts.map(({ keys, does }) => (
            <div key={keys}>
              <dt>{keys}</dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </Menu>
    </div>
  );
}

function Clock({ playback, frames, durationMs, loaded }: Omit<TransportProps, "parts">) {
  const timeMs = playback.timeMs.value;
  const frame = frames.frameAt(timeMs);
  return (
    <span class="clock mono">
      <span>{formatTime(timeMs)}</span>
      <span class="muted"> / {formatTime(durationMs, 10)}</span>
      {loaded.value > 0 && (
        <span class="muted" data-testid="frame">
          {" "}
          · frame {Math.max(frame, 0)}
        </span>
      )}
    </span>
  );
}
