import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { AvatarHead } from "../../../shared/avatar/head.ts";
import { isLost, markLost } from "../../../shared/avatar/lostMark.ts";
import type { MovedAvatar } from "../../../shared/protocol/live.ts";
import type { FaceView as View } from "../../../shared/protocol/pipelines.ts";
import { HeadRenderer } from "../../draw/headRenderer.ts";
import type { LiveFeed } from "../../live/liveFeed.ts";

/** A face of which nothing came for so long has left; an avatar says for some time that its face is lost. */
const leftMs = 2000;
const lostMs = 10_000;
/** Width and height of a face and of its avatar, pixels of the page. */
const sidePx = 256;

/** Each face as it is and as the pipeline shows it, side by side, as the daemon sends them. */
export function FaceView({ feed, view }: { readonly feed: LiveFeed; readonly view: View }) {
  const tracks = useSignal<readonly number[]>([]);
  // One for all faces: browsers keep few.
  const renderer = useMemo(() => HeadRenderer.create(sidePx * sharpness()), []);
  useEffect(() => () => renderer?.dispose(), [renderer]);
  useEffect(() => {
    const until = new Map<number, number>();
    const forget = setInterval(() => {
      const now = performance.now();
      for (const [track, end] of until) if (now > end) until.delete(track);
      if (until.size < tracks.peek().length) tracks.value = [...until.keys()];
    }, leftMs / 2);
    const stop = feed.onPicture((kind, { track, moved }) => {
      if (kind !== "face-view" || track === undefined) return;
      const known = until.has(track);
      until.set(track, performance.now() + (moved?.awayMs === undefined ? leftMs : lostMs));
      if (!known) tracks.value = [...until.keys()].sort((a, b) => a - b);
    });
    return () => {
      stop();
      clearInterval(forget);
    };
  }, [feed]);
  return (
    <figure class="face-view">
      <div class="faces">
        {tracks.value.map((track) => (
          <OneFace key={track} feed={feed} track={track} view={view} renderer={renderer} />
        ))}
      </div>
      <figcaption class="muted small">As it is, left; {view.caption}, right.</figcaption>
    </figure>
  );
}

interface OneFaceProps {
  readonly feed: LiveFeed;
  readonly track: number;
  readonly view: View;
  /** Draws heads here, as sharp as the screen is; undefined without WebGL: then the daemon's pictures show them. */
  readonly renderer: HeadRenderer | undefined;
}

function OneFace({ feed, track, view, renderer }: OneFaceProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const side = sidePx * sharpness();
  const lost = useSignal(false);
  useEffect(
    () =>
      feed.onPicture((kind, picture) => {
        if (kind !== "face-view" || picture.track !== track) return;
        const { moved } = picture;
        const head = moved && renderer && feed.head(moved.name);
        Promise.all([createImageBitmap(picture.jpeg), head]).then(
          ([bitmap, known]) => {
            const target = canvas.current;
            const context = target?.getContext("2d");
            if (target && context) {
              context.drawImage(bitmap, 0, 0, 2 * side, side);
              const drawn = moved && known && renderer && drawHead(renderer, known, moved, context, side);
              target.dataset["drawn"] = drawn ? "here" : "by-daemon";
              lost.value = isLost(moved?.awayMs);
            }
            bitmap.close();
          },
          // A damaged picture is left out; the next one follows at once.
          () => undefined,
        );
      }),
    [feed, track, renderer],
  );
  return (
    <canvas
      ref={canvas}
      width={2 * side}
      height={side}
      role="img"
      aria-label={`Face ${track} as it is, and ${view.caption}${lost.value ? ": the face is lost" : ""}`}
    />
  );
}

/** Draws the head over the right half. False where it cannot be drawn here. */
function drawHead(
  renderer: HeadRenderer,
  head: AvatarHead,
  { weights, pose, gaze, awayMs }: MovedAvatar,
  context: CanvasRenderingContext2D,
  side: number,
): boolean {
  const state = { weights: Float32Array.from(weights), pose, gaze };
  const lost = isLost(awayMs);
  if (!renderer.draw(head, state, lost)) return false;
  context.drawImage(renderer.canvas, side, 0, side, side);
  if (lost)
    markLost(side, (x, y, width, height, grey) => {
      context.fillStyle = `rgb(${grey}, ${grey}, ${grey})`;
      context.fillRect(side + x, y, width, height);
    });
  return true;
}

/** Pixels of the screen for one of the page, at most two. */
const sharpness = (): number => (window.devicePixelRatio > 1 ? 2 : 1);
