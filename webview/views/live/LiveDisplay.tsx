import { useSignal } from "@preact/signals";
import { aboutPipeline } from "../../../shared/protocol/pipelines.ts";
import { OverlayChoice } from "../../components/OverlayChoice.tsx";
import { Notice } from "../../components/Notice.tsx";
import type { Host } from "../../host.ts";
import type { LiveFeed } from "../../live/liveFeed.ts";
import { errorText } from "../../data/text.ts";
import { LiveAnnouncer } from "./LiveAnnouncer.tsx";
import { LiveFigures } from "./LiveFigures.tsx";
import { LiveHistory } from "./LiveHistory.tsx";
import { LiveNow } from "./LiveNow.tsx";
import { LiveStage, type LiveStageProps } from "./LiveStage.tsx";
import { LiveVoice } from "./LiveVoice.tsx";
import { FaceView } from "./FaceView.tsx";
import type { OverlayParts } from "../../draw/overlay.ts";

export interface LiveDisplayProps extends Pick<LiveStageProps, "stream" | "onVideo"> {
  readonly host: Host;
  readonly feed: LiveFeed;
  readonly droppedHere?: number;
}

/** Everything that is seen of a live session: on the capture page, on the page, and in the panel. */
export function LiveDisplay({ host, feed, stream, onVideo, droppedHere = 0 }: LiveDisplayProps) {
  const parts = useSignal<OverlayParts>({ boxes: true, landmarks: true, gaze: true });
  const session = feed.session.value;
  const faceView = session && aboutPipeline(session.pipeline).faceView;
  return (
    <>
      {feed.failed.value !== undefined && <Notice kind="error">{errorText(feed.failed.value)}</Notice>}
      {session?.failure !== undefined && <Notice kind="error">{session.failure.message}</Notice>}
      <LiveAnnouncer feed={feed} />
      <div class="watch">
        <div class="live-pictures">
          <LiveStage feed={feed} parts={parts.value} stream={stream} onVideo={onVideo} />
          {faceView && <FaceView feed={feed} view={faceView} />}
          <div class="row">
            <OverlayChoice parts={parts} />
          </div>
          <LiveFigures feed={feed} droppedHere={droppedHere} />
          <LiveVoice host={host} feed={feed} />
        </div>
        <LiveNow feed={feed} />
      </div>
      <LiveHistory host={host} feed={feed} />
    </>
  );
}
