import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Interview } from "../../../shared/protocol/interview.ts";
import type { CaptureSession } from "../../capture/captureSession.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Notice } from "../../components/Notice.tsx";
import type { Host } from "../../host.ts";
import { InterviewRunner } from "../../interview/runner.ts";
import { speakHere } from "../../interview/speak.ts";
import { LiveFeed } from "../../live/liveFeed.ts";
import { InterviewBox } from "../live/InterviewBox.tsx";
import { LiveDisplay } from "../live/LiveDisplay.tsx";
import { SessionEnd } from "../live/SessionEnd.tsx";
import { RecordingLight } from "../live/RecordingLight.tsx";
import { ParticipantView } from "./ParticipantView.tsx";
import { errorText } from "../../data/text.ts";

export interface CaptureRunningProps {
  readonly host: Host;
  readonly capture: CaptureSession;
  readonly feed: { current: LiveFeed };
  readonly interview: Interview | undefined;
  /** The participant sees the questions and nothing else, until somebody presses Escape. */
  readonly questionsOnly: boolean;
  readonly onAgain: () => void;
}

/** Capture while it runs, and its end. */
export function CaptureRunning({
  host,
  capture,
  feed: held,
  interview,
  questionsOnly,
  onAgain,
}: CaptureRunningProps) {
  const forParticipant = useSignal(questionsOnly);
  const session = capture.session.value;
  const state = capture.state.value;
  const attempt = useAttempt();
  // A new session that takes the place of a lost one has a feed of its own.
  const feed = useMemo(() => {
    if (held.current.id !== session.id) {
      held.current.close();
      held.current = new LiveFeed(host, session.id);
    }
    return held.current;
  }, [session.id]);
  useEffect(() => () => held.current.close(), []);

  const told = feed.session.value;
  useEffect(() => {
    if (told !== undefined) capture.follow(told);
  }, [told]);

  const runner = useMemo(
    () =>
      interview === undefined
        ? undefined
        : new InterviewRunner(interview, {
            nowMs: () => capture.nowMs(),
            speak: speakHere,
            onSegment: (segment) => capture.sendSegment(segment),
          }),
    [capture],
  );
  useEffect(() => {
    void runner?.run();
    return () => runner?.stop();
  }, [runner]);

  const stop = (): void => {
    runner?.stop();
    void capture.stop();
  };
  const record = (on: boolean): void => attempt.run(capture.record(on));
  const failed = capture.failed.value;
  const problem = attempt.failure.value ?? (failed === undefined ? undefined : errorText(failed));
  useEffect(
    () =>
      // Nobody is there to press Stop: the last answer ends the session, at once, before anybody can leave this view.
      runner?.phase.subscribe(({ kind }) => {
        if (forParticipant.peek() && kind === "done") stop();
      }),
    [runner],
  );
  if (runner !== undefined && forParticipant.value && problem === undefined)
    return (
      <ParticipantView capture={capture} runner={runner} onLeave={() => (forParticipant.value = false)} />
    );
  const recorded = session.recording !== undefined && !capture.recording.value;
  return (
    <div class="page live">
      <div class="result-head">
        <h1>Capture</h1>
        {state !== "ended" && (
          <>
            <RecordingLight
              state={state === "lost" ? "lost" : capture.recording.value ? "recording" : "live"}
            />
            <span class="spread" />
            {recorded ? (
              <span class="muted">Recorded</span>
            ) : (
              <Button
                icon={capture.recording.value ? "stop-circle" : "record"}
                secondary
                onClick={() => record(!capture.recording.value)}
              >
                {capture.recording.value ? "Stop recording" : "Record"}
              </Button>
            )}
            <Button icon="debug-stop" onClick={stop}>
              Stop
            </Button>
          </>
        )}
      </div>
      {problem !== undefined && <Notice kind="error">{problem}</Notice>}
      {state === "ended" && (
        <>
          <SessionEnd host={host} session={told ?? session} />
          <div class="row">
            <Button icon="refresh" onClick={onAgain}>
              Capture again
            </Button>
          </div>
        </>
      )}
      {runner !== undefined && <InterviewBox runner={runner} nowMs={() => capture.nowMs()} />}
      <LiveDisplay
        host={host}
        feed={feed}
        stream={capture.stream}
        onVideo={(video) => capture.attach(video)}
        droppedHere={capture.dropped}
      />
    </div>
  );
}
