import { useEffect, useRef } from "preact/hooks";
import type { LiveFeed } from "../../live/liveFeed.ts";

/** The face as it is and magnified, side by side, as the daemon sends them. */
export function Magnified({ feed }: { readonly feed: LiveFeed }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(
    () =>
      feed.onPicture((kind, { jpeg }) => {
        if (kind !== "magnified") return;
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
    <figure class="magnified">
      <canvas
        ref={canvas}
        width={512}
        height={256}
        role="img"
        aria-label="The face as it is, and magnified"
      />
      <figcaption class="muted small">As it is, left; magnified, right.</figcaption>
    </figure>
  );
}
