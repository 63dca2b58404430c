import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { getAnalysis } from "../../../shared/protocol/analyses.ts";
import { toHttp } from "../../../shared/protocol/endpoint.ts";
import { cancelJob, getJob, type Job } from "../../../shared/protocol/jobs.ts";
import {
  getRedactedClip,
  getRedaction,
  listAvatars,
  startRedaction,
  type NewRedaction,
  type RedactionSummary,
} from "../../../shared/protocol/redaction.ts";
import { redactionSentences } from "../../../shared/redactionText.ts";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { Button } from "../../components/Button.tsx";
import { Checkbox } from "../../components/Checkbox.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { Notice } from "../../components/Notice.tsx";
import { ProgressBar } from "../../components/Progress.tsx";
import { Select } from "../../components/Select.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";

const faces: readonly { value: NewRedaction["face"]; text: string }[] = [
  { value: "blur", text: "Blur faces" },
  { value: "pixelate", text: "Pixelate faces" },
  { value: "avatar", text: "Put avatars in their place" },
  { value: "remove", text: "Black out faces" },
];
const voices: readonly { value: NewRedaction["voice"]; text: string }[] = [
  { value: "keep", text: "Keep voices" },
  { value: "pitch", text: "Lower voices" },
  { value: "remove", text: "No sound" },
];
/** How often a running job is asked how far it is. */
const askEveryMs = 1000;

export interface ShareMenuProps {
  readonly host: Host;
  readonly analysis: Analysis;
}

/** A copy of the clip in which faces cannot be recognised: what to cover, how far it is, what the check found, the file. */
export function ShareMenu({ host, analysis }: ShareMenuProps) {
  const face = useSignal<NewRedaction["face"]>("blur");
  const voice = useSignal<NewRedaction["voice"]>("keep");
  const avatar = useSignal("ada");
  const heads = useSignal<readonly string[]>(["ada"]);
  const keep = useSignal<readonly number[]>([]);
  const job = useSignal<Job | undefined>(undefined);
  const report = useSignal<RedactionSummary | undefined>(undefined);
  const attempt = useAttempt();
  const poll = useAttempt();

  useEffect(() => {
    const named = host.call(listAvatars, {}).then(({ avatars }) => {
      heads.value = avatars.filter(({ kind }) => kind === "head").map(({ name }) => name);
    });
    attempt.run(named);
  }, [host]);
  const { id, state } = job.value ?? {};
  useEffect(() => {
    if (id === undefined) return;
    if (state === "done") {
      attempt.run(host.call(getRedaction, { id }).then((answer) => (report.value = answer.report)));
      return;
    }
    if (state !== "queued" && state !== "running") return;
    const timer = setInterval(() => {
      poll.run(host.call(getJob, { id }).then((answer) => (job.value = answer.job)));
    }, askEveryMs);
    return () => clearInterval(timer);
  }, [host, id, state]);

  const start = async (): Promise<void> => {
    report.value = undefined;
    const { analysis: record } = await host.call(getAnalysis, { id: analysis.id });
    const asked = { mediaPath: record.mediaPath, face: face.value, voice: voice.value, avatar: avatar.value };
    job.value = (await host.call(startRedaction, { ...asked, keep: [...keep.value] })).job;
  };
  const running = state === "queued" || state === "running";
  return (
    <Menu
      class="share"
      lazy
      summary={
        <>
          <Icon name="eye-closed" /> Share without faces
        </>
      }
    >
      <div class="menu share-form">
        <Select label="Faces" value={face.value} options={faces} onChange={(value) => (face.value = value)} />
        {face.value === "avatar" && (
          <Select
            label="Avatar of the first face"
            value={avatar.value}
            options={heads.value.map((name) => ({ value: name, text: name }))}
            onChange={(value) => (avatar.value = value)}
          />
        )}
        <Select
          label="Voices"
          value={voice.value}
          options={voices}
          onChange={(value) => (voice.value = value)}
        />
        {analysis.tracks.length > 0 && (
          <fieldset class="kept-faces">
            <legend>Faces that stay as they are</legend>
            {analysis.tracks.map(({ id: track }) => (
              <Checkbox
                key={track}
                label={`Face ${track}`}
                checked={keep.value.includes(track)}
                onChange={(checked) =>
                  (keep.value = checked ? [...keep.value, track] : keep.value.filter((one) => one !== track))
                }
              />
            ))}
          </fieldset>
        )}
        {running ? (
          <div class="row" role="status">
            <ProgressBar label="Making the copy" share={job.value?.progress?.share ?? 0} />
            <span class="muted">{job.value?.progress?.text ?? "waiting"}</span>
            <Button secondary onClick={() => attempt.run(host.call(cancelJob, { id: id! }))}>
              Cancel
            </Button>
          </div>
        ) : (
          <Button onClick={() => attempt.run(start())}>Make the copy</Button>
        )}
        {(state === "failed" || state === "interrupted") && (
          <Notice kind="error">
            {job.value?.failure?.message ?? "The copy was not finished. Make it again."}
          </Notice>
        )}
        {state === "cancelled" && <Notice kind="info">Cancelled. Nothing was kept.</Notice>}
        {report.value !== undefined && id !== undefined && (
          <>
            <Notice kind={report.value.check.recognisable > 0 ? "error" : "info"}>
              {redactionSentences(report.value).map((sentence) => (
                <p key={sentence}>{sentence}</p>
              ))}
            </Notice>
            <a href={toHttp(getRedactedClip, { id }).path} download={copyName(analysis.media.name)}>
              Save the copy
            </a>
          </>
        )}
        <Failure of={attempt} />
        <Failure of={poll} />
      </div>
    </Menu>
  );
}

function copyName(name: string): string {
  return `${name.replace(/\.[^.]+$/, "")}-without-faces.mp4`;
}
