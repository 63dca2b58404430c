import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { FaceView as View } from "../../../shared/protocol/pipelines.ts";
import type { LiveFeed } from "../../live/liveFeed.ts";

/** A face of which nothing came for so long has left. */
const leftMs = 2000;

/** Each face as it is and as the pipeline shows it, side by side, as the daemon sends them. */
export function FaceView({ feed, view }: { readonly feed: LiveFeed; readonly view: View }) {
  const tracks = useSignal<readonly number[]>([]);
  useEffect(() => {
    const seenAt = new Map<number, number>();
    const forget = setInterval(() => {
      const now = performance.now();
      for (const [track, at] of seenAt) if (now - at > leftMs) seenAt.delete(track);
      if (seenAt.size < tracks.peek().length) tracks.value = [...seenAt.keys()];
    }, leftMs / 2);
    const stop = feed.onPicture((kind, { track }) => {
      if (kind !== "face-view" || track === undefined) return;
      const known = seenAt.has(track);
      seenAt.set(track, performance.now());
      if (!known) tracks.value = [...seenAt.keys()].sort((a, b) => a - b);
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
          <OneFace key={track} feed={feed} track={track} view={view} />
        ))}
      </div>
      <figcaption class="muted small">As it is, left; {view.caption}, right.</figcaption>
    </figure>
  );
}

function OneFace({
  feed,
  track,
  view,
}: {
  readonly feed: LiveFeed;
  readonly track: number;
  readonly view: View;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(
    () =>
      feed.onPicture((kind, picture) => {
        if (kind !== "face-view" || picture.track !== track) return;
        createImageBitmap(picture.jpeg).then(
          (bitmap) => {
            canvas.current?.getContext("2d")?.drawImage(bitmap, 0, 0, 512, 256);
            bitmap.close();
          },
          // A damaged picture is left out; the next one follows at once.
          () => undefined,
        );
      }),
    [feed, track],
  );
  return (
    <canvas
      ref={canvas}
      width={512}
      height={256}
      role="img"
      aria-label={`Face ${track} as it is, and ${view.caption}`}
    />
  );
}
