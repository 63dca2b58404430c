import { pipelines } from "../../../shared/protocol/pipelines.ts";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { recordLive, stopLive, type LiveSession } from "../../../shared/protocol/live.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { show } from "../../host/route.ts";
import type { Host } from "../../host.ts";
import { InterviewRunner } from "../../interview/runner.ts";
import { speakAtDaemon } from "../../interview/speak.ts";
import { LiveFeed } from "../../live/liveFeed.ts";
import { InterviewBox } from "./InterviewBox.tsx";
import { LiveDisplay } from "./LiveDisplay.tsx";
import { LiveStart, type Started } from "./LiveStart.tsx";
import { SessionEnd } from "./SessionEnd.tsx";
import { sourceName } from "./liveText.ts";
import { RecordingLight } from "./RecordingLight.tsx";

/** Live sessions: those that run, one that is watched, or the start of a new one. */
export function LiveView({ host, id }: { readonly host: Host; readonly id: string | undefined }) {
  const started = useSignal<Started | undefined>(undefined);
  if (id === undefined)
    return (
      <LiveStart
        host={host}
        onStart={(now) => {
          started.value = now;
          show({ view: "live", id: now.session.id });
        }}
      />
    );
  const own = started.value?.session.id === id ? started.value : undefined;
  return <LiveSessionView key={id} host={host} id={id} started={own} />;
}

interface LiveSessionViewProps {
  readonly host: Host;
  readonly id: string;
  /** What this view started itself, whose interview it leads. */
  readonly started: Started | undefined;
}

function LiveSessionView({ host, id, started }: LiveSessionViewProps) {
  const feed = useMemo(() => new LiveFeed(host, id), [host, id]);
  useEffect(() => () => feed.close(), [feed]);
  const changing = useAttempt();
  const session = feed.session.value;
  const running = session?.state === "running" || session?.state === "starting";
  const runner = useInterview(host, feed, started);
  const attempt = (work: Promise<{ session: LiveSession }>): void =>
    changing.run(work.then((answer) => feed.put(answer.session)));
  return (
    <div class="page live">
      <div class="result-head">
        <Button icon="arrow-left" secondary onClick={() => show({ view: "live" })}>
          Sources
        </Button>
        <h1>{session === undefined ? "Live" : sourceName(session)}</h1>
        {running && <RecordingLight state={session.recording?.on === true ? "recording" : "live"} />}
        {session !== undefined && <span class="muted">{pipelines[session.pipeline].title}</span>}
        <span class="spread" />
        {running && (
          <>
            {session.source.kind !== "page" && (
              <RecordButton host={host} session={session} attempt={attempt} />
            )}
            <Button
              icon="debug-stop"
              onClick={() => {
                runner?.stop();
                attempt(host.call(stopLive, { id }));
              }}
            >
              Stop
            </Button>
          </>
        )}
      </div>
      <Failure of={changing} />
      {session !== undefined && !running && <SessionEnd host={host} session={session} />}
      {runner !== undefined && <InterviewBox runner={runner} nowMs={() => feed.nowMs()} />}
      <LiveDisplay host={host} feed={feed} />
    </div>
  );
}

/** The interview of a session that this view started; it begins when the session's clock is known. */
function useInterview(host: Host, feed: LiveFeed, started: Started | undefined) {
  const runner = useMemo(() => {
    if (started?.interview === undefined) return undefined;
    return new InterviewRunner(started.interview, {
      nowMs: () => feed.nowMs(),
      speak: speakAtDaemon(host, feed.id),
      onSegment: ({ prompt, ...segment }) => {
        // A session that has just ended takes no more segments.
        host.ask("live:segment", { id: feed.id, ...segment, label: prompt.text }).catch(() => undefined);
      },
    });
  }, [started]);
  const known = feed.started.value;
  useEffect(() => {
    if (known) void runner?.run();
  }, [runner, known]);
  useEffect(() => () => runner?.stop(), [runner]);
  return runner;
}

interface RecordButtonProps {
  readonly host: Host;
  readonly session: LiveSession;
  readonly attempt: (work: Promise<{ session: LiveSession }>) => void;
}

/** A session has one recording: it can be begun once and ended once. */
function RecordButton({ host, session, attempt }: RecordButtonProps) {
  const { id, recording } = session;
  if (recording?.on === false) return <span class="muted">Recorded</span>;
  const on = recording === undefined;
  return (
    <Button
      icon={on ? "record" : "stop-circle"}
      secondary
      onClick={() => attempt(host.call(recordLive, { id, on }))}
    >
      {on ? "Record" : "Stop recording"}
    </Button>
  );
}
