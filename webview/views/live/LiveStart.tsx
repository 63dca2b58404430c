import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Interview } from "../../../shared/protocol/interview.ts";
import { listLive, startLive, type LiveSession, type LiveSource } from "../../../shared/protocol/live.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { Tabs } from "../../components/Tabs.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import type { Host } from "../../host.ts";
import { dateTime } from "../../data/text.ts";
import { DeviceChoice } from "./DeviceChoice.tsx";
import { FileChoice } from "./FileChoice.tsx";
import { sourceName } from "./liveText.ts";
import { configOf, SessionForm, useSessionChoice } from "./SessionForm.tsx";

export interface Started {
  readonly session: LiveSession;
  readonly interview?: Interview;
}

const kinds = [
  { id: "page", title: "Camera of this browser" },
  { id: "devices", title: "Devices of the daemon" },
  { id: "file", title: "Clip, as if live" },
] as const;
type Kind = (typeof kinds)[number]["id"];

/** Chooses where pictures and sound come from, and starts; lists what runs already. */
export function LiveStart({
  host,
  onStart,
}: {
  readonly host: Host;
  readonly onStart: (now: Started) => void;
}) {
  const kind = useSignal<Kind>("page");
  const source = useSignal<LiveSource | undefined>(undefined);
  const choice = useSessionChoice();
  const attempt = useAttempt();
  const needsConsent = kind.value === "devices";

  const start = (): void => {
    if (source.value === undefined) return;
    const asked = choice.interview.value;
    attempt.run(
      host
        .call(startLive, {
          source: source.value,
          pipeline: choice.pipeline.value,
          config: configOf(choice),
          record: choice.record.value,
          ...(needsConsent && { consent: { text: choice.text, givenAt: new Date().toISOString() } }),
          ...(choice.participant.value && { participant: choice.participant.value }),
          ...(asked !== undefined && {
            interview: { title: asked.title, prompts: asked.prompts.map((prompt) => prompt.text) },
          }),
        })
        .then(({ session }) => onStart({ session, ...(asked !== undefined && { interview: asked }) })),
    );
  };

  return (
    <div class="page live-start">
      <h1>Live</h1>
      <Running host={host} />
      <Tabs
        label="Source"
        tabs={kinds}
        current={kind.value}
        onChange={(next) => {
          kind.value = next;
          source.value = undefined;
          choice.agreed.value = false;
        }}
      >
        {kind.value === "page" && <PageChoice host={host} />}
        {kind.value === "devices" && (
          <DeviceChoice host={host} onChange={(chosen) => (source.value = chosen)} />
        )}
        {kind.value === "file" && <FileChoice host={host} onChange={(chosen) => (source.value = chosen)} />}
        {kind.value !== "page" && (
          <SessionForm
            host={host}
            choice={choice}
            attempt={attempt}
            needsConsent={needsConsent}
            clip={source.value?.kind === "file" ? source.value.path : undefined}
          >
            <Button
              icon="play"
              disabled={source.value === undefined || (needsConsent && !choice.agreed.value)}
              onClick={start}
            >
              Start
            </Button>
          </SessionForm>
        )}
      </Tabs>
    </div>
  );
}

function PageChoice({ host }: { readonly host: Host }) {
  const attempt = useAttempt();
  return (
    <>
      <p>
        {host.kind === "panel"
          ? "VS Code gives its panels no camera and no microphone. The capture page opens in your browser, which asks you before it uses them; the results appear here too."
          : "The capture page asks you before it uses camera and microphone."}
      </p>
      <Failure of={attempt} />
      <div class="row">
        <Button
          icon={host.kind === "panel" ? "link-external" : "device-camera-video"}
          onClick={() => {
            attempt.run(host.openCapturePage());
          }}
        >
          Open capture page
        </Button>
        {host.kind === "page" && <ViewLink view={{ view: "gaze" }}>Calibrate gaze</ViewLink>}
      </div>
    </>
  );
}

/** Sessions that run now, also those of other windows. */
function Running({ host }: { readonly host: Host }) {
  const sessions = useSignal<readonly LiveSession[]>([]);
  useEffect(() => {
    const load = (): void => {
      // The start of a session tells of a daemon that is away.
      host.call(listLive, {}).then(
        (answer) => (sessions.value = answer.sessions),
        () => undefined,
      );
    };
    load();
    const timer = setInterval(load, 3000);
    return () => clearInterval(timer);
  }, [host]);
  const running = sessions.value.filter(({ state }) => state === "running" || state === "starting");
  if (running.length === 0) return null;
  return (
    <section aria-label="Running now">
      <h2>Running now</h2>
      <ul class="sessions">
        {running.map((session) => (
          <li key={session.id}>
            <ViewLink view={{ view: "live", id: session.id }}>{sourceName(session)}</ViewLink>{" "}
            <span class="muted">
              since <time dateTime={session.startedAt}>{dateTime(session.startedAt)}</time>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
