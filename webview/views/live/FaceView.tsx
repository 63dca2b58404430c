import { useEffect, useRef } from "preact/hooks";
import type { FaceView as View } from "../../../shared/protocol/pipelines.ts";
import type { LiveFeed } from "../../live/liveFeed.ts";

/** The face as it is and as the pipeline shows it, side by side, as the daemon sends them. */
export function FaceView({ feed, view }: { readonly feed: LiveFeed; readonly view: View }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(
    () =>
      feed.onPicture((kind, { jpeg }) => {
        if (kind !== "face-view") return;
        createImageBitmap(jpeg).then(
          (bitmap) => {
            canvas.current?.getContext("2d")?.drawImage(bitmap, 0, 0, 512, 256);
            bitmap.close();
          },
          // A damaged picture is left out; the next one follows at once.
          () => undefined,
        );
      }),
    [feed],
  );
  return (
    <figure class="face-view">
      <canvas
        ref={canvas}
        width={512}
        height={256}
        role="img"
        aria-label={`The face as it is, and ${view.caption}`}
      />
      <figcaption class="muted small">As it is, left; {view.caption}, right.</figcaption>
    </figure>
  );
}
