import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { CaptureSession } from "../../capture/captureSession.ts";
import { GazeRun } from "../../capture/gazeRun.ts";
import { LiveFeed } from "../../live/liveFeed.ts";
import type { ScreenPlace } from "../../../shared/protocol/gazeCalibration.ts";
import type { LiveParticipant } from "../../../shared/protocol/live.ts";
import type { Host } from "../../host.ts";
import { CalibrationOutcome } from "./CalibrationOutcome.tsx";
import { CalibrationStage } from "./CalibrationStage.tsx";
import { fillScreen, GazeStart, type GazeRequest } from "./GazeStart.tsx";

interface Calibrating {
  readonly capture: CaptureSession;
  readonly feed: LiveFeed;
  readonly run: GazeRun;
  readonly screen: ScreenPlace;
  readonly participant: LiveParticipant | undefined;
}

/** Calibrates the gaze of whoever sits before this browser's camera: settings, then points on the screen, then what came of it. */
export function GazeView({ host }: { readonly host: Host }) {
  const now = useSignal<Calibrating | undefined>(undefined);
  const start = async ({ camera, consent, participant, screen }: GazeRequest): Promise<void> => {
    const capture = await CaptureSession.start(host, {
      inputs: { camera, microphone: "" },
      ...{ pipeline: "multimodal", record: false, consent, onSound: () => undefined },
    });
    const feed = new LiveFeed(host, capture.session.peek().id);
    const run = new GazeRun();
    feed.onFrame(({ line }) => run.see(line.timeMs, line.faces));
    now.value = { capture, feed, run, screen, participant };
  };
  const end = (): void => {
    now.peek()?.feed.close();
    void now.peek()?.capture.stop();
    now.value = undefined;
  };
  // Leaving the page ends capture: no camera stays on unseen.
  useEffect(() => end, []);

  const current = now.value;
  if (current === undefined) return <GazeStart host={host} onStart={start} />;
  const { capture, feed, run } = current;
  return (
    <>
      <CalibrationStage capture={capture} feed={feed} run={run} onCancel={end} />
      {run.state.value.kind === "done" && (
        <CalibrationOutcome
          {...{ host, run, screen: current.screen, participant: current.participant }}
          onRepeat={(points) => {
            fillScreen();
            run.start(capture.nowMs(), points);
          }}
          onEnd={end}
        />
      )}
    </>
  );
}
