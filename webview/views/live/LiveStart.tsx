import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Interview } from "../../../shared/protocol/interview.ts";
import { listLive, startLive, type LiveSession, type LiveSource } from "../../../shared/protocol/live.ts";
import { defaultPipeline, type LivePipeline } from "../../../shared/protocol/pipelines.ts";
import { Button } from "../../components/Button.tsx";
import { Checkbox } from "../../components/Checkbox.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Select } from "../../components/Select.tsx";
import { Tabs } from "../../components/Tabs.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import type { Host } from "../../host.ts";
import { dateTime, errorText } from "../../data/text.ts";
import { Consent, consentText } from "./Consent.tsx";
import { DeviceChoice } from "./DeviceChoice.tsx";
import { FileChoice } from "./FileChoice.tsx";
import { InterviewFile } from "./InterviewFile.tsx";
import { livePipelines, sourceName } from "./liveText.ts";

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
  const pipeline = useSignal<LivePipeline>(defaultPipeline);
  const record = useSignal(false);
  const interview = useSignal<Interview | undefined>(undefined);
  const agreed = useSignal(false);
  const failure = useSignal<string | undefined>(undefined);
  const text = consentText(record.value, interview.value?.consent);
  const needsConsent = kind.value === "devices";

  const start = (): void => {
    if (source.value === undefined) return;
    failure.value = undefined;
    const asked = interview.value;
    host
      .call(startLive, {
        source: source.value,
        pipeline: pipeline.value,
        record: record.value,
        ...(needsConsent && { consent: { text, givenAt: new Date().toISOString() } }),
        ...(asked !== undefined && {
          interview: { title: asked.title, prompts: asked.prompts.map((prompt) => prompt.text) },
        }),
      })
      .then(({ session }) => onStart({ session, ...(asked !== undefined && { interview: asked }) }))
      .catch((error: unknown) => (failure.value = errorText(error)));
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
          agreed.value = false;
        }}
      >
        {kind.value === "page" && <PageChoice host={host} />}
        {kind.value === "devices" && (
          <DeviceChoice host={host} onChange={(chosen) => (source.value = chosen)} />
        )}
        {kind.value === "file" && <FileChoice host={host} onChange={(chosen) => (source.value = chosen)} />}
        {kind.value !== "page" && (
          <>
            <div class="row">
              <Select
                label="Pipeline"
                value={pipeline.value}
                options={livePipelines}
                onChange={(next) => (pipeline.value = next)}
              />
              <Checkbox
                label="Record"
                checked={record.value}
                onChange={(checked) => {
                  record.value = checked;
                  agreed.value = false;
                }}
              />
            </div>
            <InterviewFile
              host={host}
              interview={interview.value}
              onChange={(chosen) => {
                interview.value = chosen;
                agreed.value = false;
              }}
            />
            {needsConsent && (
              <Consent text={text} given={agreed.value} onChange={(given) => (agreed.value = given)} />
            )}
            {failure.value !== undefined && <Notice kind="error">{failure.value}</Notice>}
            <div class="row">
              <Button
                icon="play"
                disabled={source.value === undefined || (needsConsent && !agreed.value)}
                onClick={start}
              >
                Start
              </Button>
            </div>
          </>
        )}
      </Tabs>
    </div>
  );
}

function PageChoice({ host }: { readonly host: Host }) {
  const failure = useSignal<string | undefined>(undefined);
  return (
    <>
      <p>
        {host.kind === "panel"
          ? "VS Code gives its panels no camera and no microphone. The capture page opens in your browser, which asks you before it uses them; the results appear here too."
          : "The capture page asks you before it uses camera and microphone."}
      </p>
      {failure.value !== undefined && <Notice kind="error">{failure.value}</Notice>}
      <div class="row">
        <Button
          icon={host.kind === "panel" ? "link-external" : "device-camera-video"}
          onClick={() => {
            host.openCapturePage().catch((error: unknown) => (failure.value = errorText(error)));
          }}
        >
          Open capture page
        </Button>
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
