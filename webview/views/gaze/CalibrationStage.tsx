import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { CaptureSession } from "../../capture/captureSession.ts";
import { shownPoints, type GazeRun } from "../../capture/gazeRun.ts";
import { alone } from "../../host/route.ts";
import type { LiveFeed } from "../../live/liveFeed.ts";
import { errorText } from "../../data/text.ts";
import { placeName } from "./placeName.ts";

export interface CalibrationStageProps {
  readonly capture: CaptureSession;
  readonly feed: LiveFeed;
  readonly run: GazeRun;
  /** Escape, or full screen that was left. */
  readonly onCancel: () => void;
}

/** The points, one at a time on the whole screen. Space skips one, Escape cancels. */
export function CalibrationStage({ capture, feed, run, onCancel }: CalibrationStageProps) {
  const video = useRef<HTMLVideoElement>(null);
  const stage = useRef<HTMLElement>(null);
  const state = run.state.value;
  const shown = state.kind === "showing" ? state : undefined;
  const began = feed.started.value;
  useEffect(() => {
    // Some browsers give pictures only of an element that shows the stream.
    const element = video.current!;
    element.srcObject = capture.stream;
    capture.attach(element);
  }, [capture]);
  useEffect(() => {
    if (began) run.start(capture.nowMs());
  }, [began]);
  const showing = state.kind !== "done";
  // Not after the next paint: a key that is pressed as soon as a point is seen would be lost before it.
  useLayoutEffect(() => {
    if (!showing) return undefined;
    alone.value = true;
    stage.current?.focus();
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape") onCancel();
      else if (event.key === " ") {
        event.preventDefault();
        run.skip(capture.nowMs());
      }
    };
    // A browser keeps Escape for itself in full screen.
    const onFullscreen = (): void => {
      if (document.fullscreenElement === null) onCancel();
    };
    addEventListener("keydown", onKey);
    document.addEventListener("fullscreenchange", onFullscreen);
    return () => {
      removeEventListener("keydown", onKey);
      document.removeEventListener("fullscreenchange", onFullscreen);
      if (document.fullscreenElement !== null) void document.exitFullscreen();
      alone.value = false;
    };
  }, [showing]);
  const failed = capture.failed.value ?? feed.failed.value;
  const point = shown && shownPoints[shown.index]!;
  return (
    <section
      ref={stage}
      class={showing ? "gaze-stage" : "unseen"}
      aria-label="Gaze calibration"
      tabIndex={-1}
      data-point={shown?.index}
    >
      <video ref={video} class="unseen" muted autoPlay playsInline aria-hidden="true" />
      {point && (
        <span
          key={`${shown.turn} ${shown.index}`}
          class="gaze-point"
          style={{ left: `${100 * point.x}%`, top: `${100 * point.y}%` }}
          aria-hidden="true"
        />
      )}
      {showing && (
        <p class="gaze-words muted" aria-live="polite">
          {failed !== undefined
            ? errorText(failed)
            : shown === undefined
              ? "Waiting for the camera."
              : `Point ${shown.turn + 1} of ${shown.of}, ${placeName(shownPoints[shown.index]!)}. Space skips it, Escape ends.`}
        </p>
      )}
    </section>
  );
}
