import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { commonSettings } from "../../../shared/protocol/analysisConfig.ts";
import { probeMedia } from "../../../shared/protocol/media.ts";
import type { AvatarSettings } from "../../../shared/protocol/avatarSettings.ts";
import type { Pipeline } from "../../../shared/protocol/pipelines.ts";
import type { SoundTrack } from "../../../shared/protocol/results.ts";
import { Select } from "../../components/Select.tsx";
import { TextField } from "../../components/TextField.tsx";
import type { Host } from "../../host.ts";
import { AvatarChoice, useAvatarChoice } from "./AvatarChoice.tsx";

/** What a form asks beside the pipeline, as it is typed. */
export interface ClipSettingsForm {
  readonly faces: Signal<string>;
  /** Empty: the first with a voice. */
  readonly track: Signal<string>;
  /** Of the pipeline avatar. */
  readonly avatar: Signal<AvatarSettings>;
}

/** The fields, as yet empty. */
export function useClipSettings(): ClipSettingsForm {
  return { faces: useSignal(""), track: useSignal(""), avatar: useAvatarChoice() };
}

/** The settings that were filled in; the daemon refuses what is none, in words. */
export function settingsOf(
  { faces, track, avatar }: ClipSettingsForm,
  pipeline: Pipeline,
): Record<string, unknown> {
  return {
    ...(faces.value.trim() !== "" && { maxFaces: Number(faces.value) }),
    ...(track.value !== "" && { audioTrack: Number(track.value) }),
    ...(pipeline === "avatar" && { avatar: avatar.value }),
  };
}

const usualFaces = commonSettings.maxFaces.parse(undefined);
const waitMs = 400;

/** How many faces are followed, of a clip with several sound tracks which is heard, and which avatar is moved. */
export function ClipSettings({
  host,
  form,
  pipeline,
  clip,
}: {
  readonly host: Host;
  readonly form: ClipSettingsForm;
  readonly pipeline: Pipeline;
  /** Absent where there is none to choose tracks of. */
  readonly clip: string | undefined;
}) {
  const tracks = useSignal<readonly SoundTrack[]>([]);
  useEffect(() => {
    tracks.value = [];
    form.track.value = "";
    if (clip === undefined || clip === "") return undefined;
    let asked = true;
    const timer = setTimeout(() => {
      host.call(probeMedia, { path: clip }).then(
        ({ media }) => {
          if (asked) tracks.value = media.soundTracks ?? [];
        },
        // A path that is still being typed; the start says what is wrong with it.
        () => undefined,
      );
    }, waitMs);
    return () => {
      asked = false;
      clearTimeout(timer);
    };
  }, [host, clip]);
  return (
    <>
      <label class="field">
        <span>Faces at a time</span>
        <TextField
          label="Faces followed at a time, at most"
          placeholder={`At most ${usualFaces} faces`}
          text={form.faces}
        />
      </label>
      {pipeline === "avatar" && <AvatarChoice host={host} choice={form.avatar} />}
      {tracks.value.length > 1 && (
        <Select
          label="Sound track"
          value={form.track.value}
          options={[
            { value: "", text: "Sound: the first track with a voice" },
            ...tracks.value
              .filter(({ readable }) => readable)
              .map((one) => ({ value: String(one.track), text: nameOf(one) })),
          ]}
          onChange={(value) => (form.track.value = value)}
        />
      )}
    </>
  );
}

const nameOf = ({ track, title, language, codec, channels }: SoundTrack): string =>
  `Sound track ${track}: ${[title, language, codec, `${channels} ${channels === 1 ? "channel" : "channels"}`].filter(Boolean).join(", ")}`;
