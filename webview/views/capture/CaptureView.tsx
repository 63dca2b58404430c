import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { CaptureSession } from "../../capture/captureSession.ts";
import type { Host } from "../../host.ts";
import { LiveFeed } from "../../live/liveFeed.ts";
import { CaptureRunning } from "./CaptureRunning.tsx";
import { CaptureStart, type CaptureRequest } from "./CaptureStart.tsx";

interface Running {
  readonly capture: CaptureSession;
  readonly request: CaptureRequest;
  /** Of the first session; a later one that takes its place has its own. */
  readonly feed: { current: LiveFeed };
}

/** The page whose camera and microphone are the source. */
export function CaptureView({ host }: { readonly host: Host }) {
  const running = useSignal<Running | undefined>(undefined);

  const start = async (request: CaptureRequest): Promise<void> => {
    const feed: { current: LiveFeed | undefined } = { current: undefined };
    const capture = await CaptureSession.start(host, {
      ...request,
      onSound: (samples, sampleRateHz) => feed.current?.addSound(samples, sampleRateHz),
    });
    feed.current = new LiveFeed(host, capture.session.peek().id);
    running.value = { capture, request, feed: feed as { current: LiveFeed } };
  };

  // Leaving the page ends capture: no camera stays on unseen.
  useEffect(() => () => void running.peek()?.capture.stop(), []);

  const now = running.value;
  if (now === undefined) return <CaptureStart onStart={start} host={host} />;
  return (
    <CaptureRunning
      host={host}
      capture={now.capture}
      feed={now.feed}
      interview={now.request.interview}
      questionsOnly={now.request.questionsOnly}
      onAgain={() => (running.value = undefined)}
    />
  );
}
