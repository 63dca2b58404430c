import { useSignal } from "@preact/signals";
import { personTitle, voiceTitle } from "../../../shared/people/title.ts";
import type { Correction } from "../../../shared/protocol/corrections.ts";
import type { HeardVoice, Track } from "../../../shared/protocol/results.ts";
import { Button } from "../../components/Button.tsx";
import { Select } from "../../components/Select.tsx";
import { TextField } from "../../components/TextField.tsx";
import { formatTime } from "../../draw/timeView.ts";
import type { Playback } from "../../player/playback.ts";

export interface FormProps {
  readonly tracks: readonly Track[];
  readonly voices: readonly HeardVoice[];
  readonly playback: Playback;
  readonly add: (correction: Correction) => void;
  readonly busy: boolean;
}

type Kind = "face" | "voice";

/** What can be said of a person, by the action of the correction. */
const sentences = {
  name: "is called",
  participant: "is the participant",
  merge: "is the same person as",
  face: "belongs to",
  split: "is somebody else from here on",
  ignore: "is nobody who matters",
  place: "is a picture: its place counts for nothing",
} as const;
type Sentence = keyof typeof sentences;

const sentencesOf: Readonly<Record<Kind, readonly Sentence[]>> = {
  face: ["name", "participant", "merge", "split", "ignore", "place"],
  voice: ["name", "participant", "merge", "face", "ignore"],
};

/** Says who one of the faces, or one of the voices, is. */
export function PersonForm({
  kind,
  tracks,
  voices,
  playback,
  add,
  busy,
  placeOf,
}: FormProps & {
  readonly kind: Kind;
  /** Takes the place of a face at this time out; absent of voices, which have none. */
  readonly placeOf?: (track: number) => Correction | undefined;
}) {
  const faces = tracks.map(({ id }) => ({ value: String(id), text: personTitle(tracks, id) }));
  const people =
    kind === "face" ? faces : voices.map((one) => ({ value: String(one.id), text: voiceTitle(one) }));
  const chosen = useSignal("");
  const sentence = useSignal<Sentence>("name");
  const text = useSignal("");
  const other = useSignal("");
  const face = useSignal("");
  // Whoever was chosen may be gone by a correction, and come back when it is taken back.
  const who = oneOf(people, chosen.value);
  const others = people.filter(({ value }) => value !== who);
  const otherOne = oneOf(others, other.value);
  const ownFace = oneOf(faces, face.value);
  const says = sentence.value;
  const needsText = says === "name" || says === "participant";
  const options = sentencesOf[kind]
    .filter((one) => (one !== "face" || faces.length > 0) && (one !== "merge" || others.length > 0))
    .map((value) => ({ value, text: sentences[value] }));
  const place = says === "place" ? placeOf?.(Number(who)) : undefined;
  const correction = (): Correction => {
    if (place !== undefined) return place;
    const id = Number(who);
    const said = {
      ...{ text: text.value.trim(), other: Number(otherOne), face: Number(ownFace) },
      atMs: Math.max(0, playback.timeMs.value),
    };
    return kind === "face" ? faceCorrection(says, id, said) : voiceCorrection(says, id, said);
  };
  return (
    <div class="row" role="group" aria-label={`Correct a ${kind}`}>
      <Select
        label={kind === "face" ? "Face" : "Voice"}
        value={who}
        options={people}
        onChange={(next) => (chosen.value = next)}
      />
      <Select
        label="What is so"
        value={says}
        options={options}
        onChange={(next) => (sentence.value = next)}
      />
      {needsText && <TextField label={says === "name" ? "Name" : "Pseudonym"} text={text} />}
      {says === "merge" && (
        <Select
          label={`The other ${kind}`}
          value={otherOne}
          options={others}
          onChange={(next) => (other.value = next)}
        />
      )}
      {says === "face" && (
        <Select label="The face" value={ownFace} options={faces} onChange={(next) => (face.value = next)} />
      )}
      {says === "place" && place === undefined && (
        <span class="muted">Go to a frame in which this face is seen.</span>
      )}
      {says === "split" && <span class="mono">{formatTime(playback.timeMs.value, 10)}</span>}
      <Button
        disabled={
          busy ||
          (needsText && text.value.trim() === "") ||
          (says === "merge" && otherOne === "") ||
          (says === "place" && place === undefined)
        }
        onClick={() => add(correction())}
      >
        {kind === "face" ? "Correct" : "Correct the voice"}
      </Button>
    </div>
  );
}

/** The value that was chosen, else the first. */
const oneOf = (options: readonly { readonly value: string }[], value: string): string =>
  options.some((one) => one.value === value) ? value : (options[0]?.value ?? "");

interface Said {
  readonly text: string;
  readonly other: number;
  readonly face: number;
  readonly atMs: number;
}

function faceCorrection(says: Sentence, track: number, { text, other, atMs }: Said): Correction {
  if (says === "name") return { action: "name", track, name: text };
  if (says === "participant") return { action: "participant", track, participant: text };
  if (says === "merge") return { action: "merge", track, into: other };
  // The daemon chooses the number.
  if (says === "split") return { action: "split", track, atMs, newTrack: track + 1 };
  return { action: "ignore", track };
}

function voiceCorrection(says: Sentence, voice: number, { text, other, face }: Said): Correction {
  if (says === "name") return { action: "voice_name", voice, name: text };
  if (says === "participant") return { action: "voice_participant", voice, participant: text };
  if (says === "merge") return { action: "voice_merge", voice, into: other };
  if (says === "face") return { action: "voice_face", voice, track: face };
  return { action: "voice_ignore", voice };
}
