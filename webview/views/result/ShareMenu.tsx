import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { getAnalysis } from "../../../shared/protocol/analyses.ts";
import { toHttp } from "../../../shared/protocol/endpoint.ts";
import {
  getRedactedClip,
  getRedaction,
  listAvatars,
  startRedaction,
  type NewRedaction,
  type RedactionSummary,
} from "../../../shared/protocol/redaction.ts";
import { personTitle } from "../../../shared/people/title.ts";
import { redactionSentences } from "../../../shared/redactionText.ts";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { Button } from "../../components/Button.tsx";
import { Checkbox } from "../../components/Checkbox.tsx";
import { Icon } from "../../components/Icon.tsx";
import { JobState } from "../../components/JobState.tsx";
import { Menu } from "../../components/Menu.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Select } from "../../components/Select.tsx";
import { useFollowedJob } from "../../data/followedJob.ts";
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
  const report = useSignal<RedactionSummary | undefined>(undefined);
  const copying = useFollowedJob(host, (id) =>
    host.call(getRedaction, { id }).then((answer) => (report.value = answer.report)),
  );
  const id = copying.job.value?.id;

  useEffect(() => {
    const named = host.call(listAvatars, {}).then(({ avatars }) => {
      heads.value = avatars.filter(({ kind }) => kind === "head").map(({ name }) => name);
    });
    copying.attempt.run(named);
  }, [host]);

  const start = async () => {
    report.value = undefined;
    const { analysis: record } = await host.call(getAnalysis, { id: analysis.id });
    const asked = { mediaPath: record.mediaPath, face: face.value, voice: voice.value, avatar: avatar.value };
    return host.call(startRedaction, { ...asked, keep: [...keep.value] });
  };
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
                label={personTitle(analysis.tracks, track)}
                checked={keep.value.includes(track)}
                onChange={(checked) =>
                  (keep.value = checked ? [...keep.value, track] : keep.value.filter((one) => one !== track))
                }
              />
            ))}
          </fieldset>
        )}
        {!copying.running && <Button onClick={() => copying.start(start())}>Make the copy</Button>}
        <JobState
          of={copying}
          label="Making the copy"
          unfinished="The copy was not finished. Make it again."
        />
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
      </div>
    </Menu>
  );
}

function copyName(name: string): string {
  return `${name.replace(/\.[^.]+$/, "")}-without-faces.mp4`;
}
