import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { FaceView } from "../../../shared/protocol/pipelines.ts";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { Notice } from "../../components/Notice.tsx";
import { Select } from "../../components/Select.tsx";
import type { Host } from "../../host.ts";
import type { Playback } from "../../player/playback.ts";
import { useAttempt } from "../../data/attempt.ts";

export interface FaceClipProps {
  readonly host: Host;
  readonly analysisId: string;
  readonly clips: NonNullable<Analysis["clips"]>;
  /** How the pipeline shows the face. */
  readonly view: FaceView;
  /** The face as it was stands on the left of the clip. */
  readonly beside: boolean;
  readonly playback: Playback;
}

/** Further apart from the clip than this while it plays, and the clip of the face is put back in step. */
const driftS = 0.12;

/**
 * A face as it was beside the same face as the pipeline shows it. It has no buttons of its own: it follows the clip's player and its
 * keys, frame by frame.
 */
export function FaceClip({ host, analysisId, clips, view, beside, playback }: FaceClipProps) {
  const chosen = useMemo(() => signal(clips[0]!), [clips]);
  const video = useRef<HTMLVideoElement>(null);
  const { track, startMs } = chosen.value;
  const url = useMemo(() => signal<string | undefined>(undefined), []);
  const attempt = useAttempt();
  useEffect(() => {
    const abort = new AbortController();
    url.value = undefined;
    attempt.run(
      host.mediaUrl(analysisId, { face: track }, abort.signal).then((made) => (url.value = made)),
      abort.signal,
    );
    return () => {
      abort.abort();
      URL.revokeObjectURL(url.peek() ?? "");
    };
  }, [host, analysisId, track]);
  useEffect(() => follow(video.current, playback, startMs), [playback, url.value]);
  return (
    <section class="face-view" aria-label={view.title}>
      <div class="row">
        <h2>{view.title}</h2>
        <span class="muted">
          {beside ? `as it was on the left, ${view.caption} on the right` : view.caption}, in step with the
          clip
        </span>
        <span class="spread" />
        {clips.length > 1 && (
          <Select
            label="Face"
            value={String(track)}
            options={clips.map((clip) => ({ value: String(clip.track), text: `Face ${clip.track}` }))}
            onChange={(value) => (chosen.value = clips.find((clip) => String(clip.track) === value)!)}
          />
        )}
      </div>
      {attempt.failure.value !== undefined ? (
        <Notice kind="error">The clip of the face cannot be played: {attempt.failure.value}</Notice>
      ) : (
        <video
          ref={video}
          src={url.value}
          muted
          playsInline
          preload="auto"
          style={{ aspectRatio: beside ? 2 : 1 }}
          aria-label={`Face ${track} ${beside ? "as it was, and " : ""}${view.caption}`}
        />
      )}
    </section>
  );
}

/** Keeps a video in step with the player; its own time 0 is `startMs` of the clip. */
function follow(
  video: HTMLVideoElement | null,
  playback: Playback,
  startMs: number,
): (() => void) | undefined {
  if (video === null) return undefined;
  const update = (timeMs: number): void => {
    const sinceStart = (timeMs - startMs) / 1000;
    const plays = playback.playing.peek() && !playback.reverse.peek() && sinceStart >= 0;
    // The duration is NaN until it is known.
    const target = Math.max(0, Math.min(sinceStart, video.duration || 0));
    if (plays === video.paused && (!plays || !video.ended)) {
      if (plays) void video.play().catch(() => undefined);
      else video.pause();
    }
    video.playbackRate = playback.rate.peek();
    const off = Math.abs(video.currentTime - target);
    if (off > (plays ? driftS : 1e-3) && !video.seeking) video.currentTime = target;
  };
  const stops = [
    playback.onFrame(update),
    playback.playing.subscribe(() => update(playback.timeMs.peek())),
    playback.rate.subscribe(() => update(playback.timeMs.peek())),
  ];
  const sought = (): void => update(playback.timeMs.peek());
  for (const event of ["loadeddata", "seeked"]) video.addEventListener(event, sought);
  return () => {
    for (const stop of stops) stop();
    for (const event of ["loadeddata", "seeked"]) video.removeEventListener(event, sought);
  };
}
