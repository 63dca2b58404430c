import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { LiveFeed } from "../../live/liveFeed.ts";

/** Who listens to a screen reader is told no more often than this. */
const minMs = 10_000;

/** Tells a screen reader of what changes: the state at once, the leading emotion of the first face now and then. */
export function LiveAnnouncer({ feed }: { readonly feed: LiveFeed }) {
  const text = useSignal("");
  const last = useRef({ atMs: 0, leading: "" });
  useSignalEffect(() => {
    feed.follow();
    const [face] = feed.faces;
    const emotion = face?.emotion ?? face?.expression;
    if (face === undefined || emotion === undefined) return;
    const [leading] = Object.entries(emotion).reduce((best, one) => (one[1] > best[1] ? one : best));
    const now = performance.now();
    if (leading === last.current.leading || now - last.current.atMs < minMs) return;
    last.current = { atMs: now, leading };
    text.value = `Face ${face.track}: ${leading}.`;
  });
  const session = feed.session.value;
  const recording = session?.recording?.on === true ? ", recording" : "";
  return (
    <div class="visually-hidden" aria-live="polite">
      <p>{session === undefined ? "" : `Live session ${session.state}${recording}.`}</p>
      <p>{text}</p>
    </div>
  );
}
