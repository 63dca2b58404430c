import { useEffect, useRef } from "preact/hooks";
import { toOverlayFace } from "../../data/frameStore.ts";
import { palette } from "../../draw/theme.ts";
import { fitCanvas } from "../../draw/fitCanvas.ts";
import { drawOverlay, type OverlayParts } from "../../draw/overlay.ts";
import type { LiveFeed } from "../../live/liveFeed.ts";
import { PreviewQueue, type Shown } from "../../live/previewQueue.ts";

export interface LiveStageProps {
  readonly feed: LiveFeed;
  readonly parts: OverlayParts;
  /** The page's own camera; without it the daemon's previews are shown. */
  readonly stream?: MediaStream | undefined;
  /** Called with the element that shows the stream. */
  readonly onVideo?: ((video: HTMLVideoElement) => void) | undefined;
}

/** The picture with what the networks see in it. */
export function LiveStage({ feed, parts, stream, onVideo }: LiveStageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const size = feed.session.value?.picture ?? { width: 16, height: 9 };

  useEffect(() => {
    if (video.current === null || stream === undefined) return;
    video.current.srcObject = stream;
    onVideo?.(video.current);
  }, [stream]);

  useEffect(() => {
    const target = canvas.current!;
    const previews = new PreviewQueue();
    let shown: Shown = {};
    let asked = 0;
    const draw = (): void => {
      asked = 0;
      drawStage(target, shown, feed.session.peek()?.picture?.width, parts);
    };
    const show = (next: Shown | undefined): void => {
      if (next === undefined) return;
      shown = next;
      if (asked === 0) asked = requestAnimationFrame(draw);
    };
    const stops = [
      feed.onFrame((frame) => show(stream === undefined ? previews.addFrame(frame) : { frame })),
      feed.onPicture((kind, picture) => {
        if (kind === "preview" && stream === undefined) void previews.addPicture(picture).then(show);
      }),
    ];
    const observer = new ResizeObserver(draw);
    observer.observe(target);
    return () => {
      for (const stop of stops) stop();
      observer.disconnect();
      cancelAnimationFrame(asked);
      previews.close();
    };
  }, [feed, parts, stream]);

  return (
    <div class="stage">
      <div class="picture live-picture" style={{ aspectRatio: `${size.width} / ${size.height}` }}>
        {stream !== undefined && <video ref={video} muted autoPlay playsInline aria-label="Your camera" />}
        <canvas ref={canvas} role="img" aria-label="The picture, with faces, landmarks and gaze" />
      </div>
    </div>
  );
}

/** @param pictureWidth of the picture that boxes and landmarks are in, pixels; known with its first frame */
function drawStage(
  target: HTMLCanvasElement,
  { frame, bitmap }: Shown,
  pictureWidth: number | undefined,
  parts: OverlayParts,
): void {
  const context = target.getContext("2d")!;
  const { width, height, ratio } = fitCanvas(target, context);
  if (bitmap !== undefined) context.drawImage(bitmap, 0, 0, width, height);
  target.dataset["faces"] = String(frame?.line.faces.length ?? 0);
  if (frame === undefined || pictureWidth === undefined) return;
  const scale = width / pictureWidth;
  context.scale(scale, scale);
  drawOverlay(context, frame.line.faces.map(toOverlayFace), parts, palette.peek(), ratio / scale);
}
