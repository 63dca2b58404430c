import { useSignalEffect, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import { Notice } from "../components/Notice.tsx";
import { ProgressBar } from "../components/Progress.tsx";
import type { FrameStore } from "../data/frameStore.ts";
import { fitCanvas } from "../draw/fitCanvas.ts";
import { drawOverlay, type NameOf, type OverlayParts } from "../draw/overlay.ts";
import type { Palette } from "../draw/palette.ts";
import type { ClipSource } from "./clipSource.ts";
import type { Playback } from "./playback.ts";

export interface VideoStageProps {
  readonly media: MediaInfo;
  readonly clip: ClipSource;
  readonly frames: FrameStore;
  readonly playback: Playback;
  readonly parts: Signal<OverlayParts>;
  readonly palette: ReadonlySignal<Palette>;
  readonly nameOf?: NameOf;
  /** Rises while frames are still arriving. */
  readonly loaded: ReadonlySignal<number>;
}

/** The clip with what the networks saw drawn over it, in step with the presented frame. */
export function VideoStage({
  media,
  clip,
  frames,
  playback,
  parts,
  palette,
  loaded,
  nameOf,
}: VideoStageProps) {
  const video = useRef<HTMLVideoElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const url = clip.url.value;
  const making = clip.making.value;

  const draw = (timeMs: number): void => {
    const target = canvas.current;
    const context = target?.getContext("2d");
    if (target == null || context == null || media.video === undefined) return;
    const { width, ratio } = fitCanvas(target, context);
    const scale = width / media.video.width;
    context.scale(scale, scale);
    const frame = loaded.value > 0 ? frames.frameAt(timeMs) : -1;
    target.dataset["frame"] = String(frame);
    drawOverlay(context, frames.facesOf(frame), parts.value, palette.value, ratio / scale, nameOf);
  };

  useEffect(() => playback.onFrame(draw));
  useEffect(() => (video.current === null ? undefined : playback.attach(video.current)), [playback, url]);
  useEffect(() => {
    const observer = new ResizeObserver(() => draw(playback.timeMs.peek()));
    if (canvas.current !== null) observer.observe(canvas.current);
    return () => observer.disconnect();
  });
  useSignalEffect(() => {
    // Redrawn when theme, parts or loaded frames change; the clock's ticks come through `onFrame`.
    draw(playback.timeMs.peek());
  });

  const failed = playback.failed.value;
  useEffect(() => {
    if (failed !== undefined) clip.useCopy();
  }, [clip, failed]);
  const size = media.video;
  return (
    <div class="stage" data-has-video={size !== undefined}>
      <div
        class="picture"
        {...(size !== undefined && { style: { aspectRatio: `${size.width} / ${size.height}` } })}
        onClick={() => playback.toggle()}
      >
        <video ref={video} src={url} playsInline preload="auto" aria-label={`Clip ${media.name}`} />
        <canvas ref={canvas} aria-hidden="true" />
      </div>
      {making !== undefined && (
        <p class="row making" role="status">
          Making a copy of the clip that plays here
          <ProgressBar label="Copy of the clip" share={making} />
        </p>
      )}
      {failed !== undefined && making === undefined && (
        <Notice kind="error">
          This clip cannot be played here ({failed}). The results below are complete.
        </Notice>
      )}
    </div>
  );
}
