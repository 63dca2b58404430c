import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button, IconButton } from "../../components/Button.tsx";
import { Notice } from "../../components/Notice.tsx";
import { ProgressBar } from "../../components/Progress.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import type { LabelsChannel } from "../../labels/channel.ts";
import type { EditorState } from "../../labels/editorState.ts";
import { runAction } from "../../labels/runAction.ts";
import { needsCopy } from "../../player/playable.ts";
import { Transport } from "../../player/Transport.tsx";

interface LabelsStageProps {
  readonly editor: EditorState;
  readonly channel: LabelsChannel;
  readonly panel: boolean;
}

/** The clip with its transport, and while a trace is rated the slider that rates it. */
export function LabelsStage({ editor, channel, panel }: LabelsStageProps) {
  const { playback, store } = editor;
  const video = useRef<HTMLVideoElement>(null);
  const url = useSignal<string | undefined>(undefined);
  const attempt = useAttempt();
  const copied = useSignal(false);
  const { ready, share, problem } = store.copy.value;
  const found = store.clipFound.value;

  useEffect(() => {
    if (!found) return undefined;
    const abort = new AbortController();
    attempt.run(
      channel.clipUrl(copied.value && ready, abort.signal).then((at) => (url.value = at)),
      abort.signal,
    );
    return () => abort.abort();
  }, [channel, found, copied.value && ready]);
  useEffect(
    () => (video.current === null ? undefined : playback.attach(video.current)),
    [playback, url.value],
  );

  const useCopy = (): void => {
    if (copied.value) return;
    copied.value = true;
    channel.send({ kind: "prepare-copy" });
  };
  const facts = store.facts.value;
  useEffect(() => {
    if (facts === undefined) return;
    const element = document.createElement("video");
    if (needsCopy(facts.media, panel, (type) => element.canPlayType(type) !== "")) useCopy();
  }, [facts]);
  useEffect(() => {
    if (playback.failed.value !== undefined) useCopy();
  }, [playback.failed.value]);

  return (
    <div class="labels-stage">
      <div class="labels-picture">
        <video
          ref={video}
          src={url.value}
          playsInline
          preload="auto"
          aria-label="Clip"
          onClick={() => playback.toggle()}
          onLoadedMetadata={(event) => {
            const seconds = event.currentTarget.duration;
            if (editor.durationMs.peek() === 0 && Number.isFinite(seconds))
              editor.setDuration(1000 * seconds);
          }}
        />
        <RatingSlider editor={editor} />
      </div>
      {copied.value && !ready && problem === undefined && (
        <p class="row making" role="status">
          Making a copy of the clip that plays here
          <ProgressBar label="Copy of the clip" share={share} />
        </p>
      )}
      {attempt.failure.value === undefined && problem !== undefined && (
        <Notice kind="error">{problem}</Notice>
      )}
      <Failure of={attempt} />
      <Transport
        playback={playback}
        frames={editor.grid}
        durationMs={editor.durationMs.value}
        numbered
        onStep={(by) => runAction(by > 0 ? "frameOn" : "frameBack", editor)}
        buttons={
          <IconButton
            icon="sync"
            label="Loop the selection (Shift Space)"
            pressed={editor.looping.value !== undefined}
            onClick={() => runAction("loop", editor)}
          />
        }
      >
        <Button icon="keyboard" secondary onClick={() => runAction("keys", editor)}>
          Keys
        </Button>
      </Transport>
    </div>
  );
}

/** Follows the pointer as long as it is over it; arrow keys and a gamepad move it too. */
function RatingSlider({ editor }: { readonly editor: EditorState }) {
  const rating = editor.rating.current.value;
  const shown = useSignal(0);
  useEffect(() => {
    if (rating === undefined) return undefined;
    const timer = setInterval(() => (shown.value = rating.value), 40);
    return () => clearInterval(timer);
  }, [rating]);
  if (rating === undefined) return null;
  const { minimum = 0, maximum = 1 } = rating.lane.tier;
  const share = (shown.value - minimum) / (maximum - minimum);
  const toValue = (event: PointerEvent): void => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const up = 1 - (event.clientY - box.top) / box.height;
    editor.rating.set(minimum + Math.min(Math.max(up, 0), 1) * (maximum - minimum));
  };
  return (
    <div
      class="rating"
      role="slider"
      tabIndex={0}
      aria-label={rating.lane.title}
      aria-orientation="vertical"
      aria-valuemin={minimum}
      aria-valuemax={maximum}
      aria-valuenow={Math.round(100 * shown.value) / 100}
      onPointerMove={toValue}
      onPointerDown={toValue}
    >
      <span class="rating-level" style={{ height: `${100 * share}%` }} />
      <span class="rating-text mono">{shown.value.toFixed(2)}</span>
    </div>
  );
}
