import { counted } from "../../../shared/text/counted.ts";
import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { LiveParticipant, RecordedClip } from "../../../shared/protocol/live.ts";
import { analysisRoleSchema } from "../../../shared/protocol/studyFile.ts";
import {
  getStudy,
  listStudies,
  wholeStudy,
  type ParticipantView,
} from "../../../shared/protocol/studyRoutes.ts";
import { Failure } from "../../components/Failure.tsx";
import { Select } from "../../components/Select.tsx";
import { TextField } from "../../components/TextField.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";

type Role = RecordedClip["role"];
const roles: Readonly<Record<Role, string>> = {
  stimulus: "something moves the person",
  baseline: "the person at rest",
  other: "something else",
};

/** Conditions and stimuli that clips of a study have already. */
type Known = Readonly<Record<"condition" | "stimulus", readonly string[]>>;
const nothingKnown: Known = { condition: [], stimulus: [] };

function knownOf(participants: readonly ParticipantView[]): Known {
  const clips = participants.flatMap(({ sessions }) => sessions.flatMap(({ analyses }) => analyses));
  const of = (field: keyof Known) => [...new Set(clips.flatMap((clip) => clip[field] ?? []))].sort();
  return { condition: of("condition"), stimulus: of("stimulus") };
}

export interface ParticipantChoiceProps {
  readonly host: Host;
  readonly chosen: Signal<LiveParticipant | undefined>;
  /** Asks for what a recording of the session would show as well. */
  readonly records: boolean;
}

/** Whose session it is: nobody's, or that of a participant of a study who has given consent. */
export function ParticipantChoice({ host, chosen, records }: ParticipantChoiceProps) {
  const studies = useSignal<readonly { readonly id: string; readonly name: string }[]>([]);
  const study = useSignal("");
  const role = useSignal<Role>("stimulus");
  const condition = useSignal("");
  const stimulus = useSignal("");
  const known = useSignal(nothingKnown);
  const people = useSignal<readonly { readonly id: string; readonly consented: boolean }[]>([]);
  const attempt = useAttempt();
  useEffect(() => {
    attempt.run(host.call(listStudies, {}).then((answer) => (studies.value = answer.studies)));
  }, [host]);
  const choose = (id: string): void => {
    study.value = id;
    chosen.value = undefined;
    people.value = [];
    known.value = nothingKnown;
    if (id === "") return;
    attempt.run(
      wholeStudy((request) => host.call(getStudy, request), id).then(({ participants }) => {
        // Another may have been chosen meanwhile.
        if (study.peek() !== id) return;
        people.value = participants.map((one) => ({ id: one.id, consented: one.consent !== undefined }));
        known.value = knownOf(participants);
      }),
    );
  };
  const shows = (): RecordedClip => ({
    role: role.value,
    ...(condition.value.trim() !== "" && { condition: condition.value.trim() }),
    ...(stimulus.value.trim() !== "" && { stimulus: stimulus.value.trim() }),
  });
  const say = (): void => {
    if (chosen.value !== undefined) chosen.value = { ...chosen.value, shows: shows() };
  };
  if (studies.value.length === 0) return <Failure of={attempt} />;
  const ready = people.value.filter(({ consented }) => consented);
  return (
    <div class="row">
      <label class="field">
        <span>Study</span>
        <Select
          label="Study"
          value={study.value}
          options={[
            { value: "", text: "of no study" },
            ...studies.value.map(({ id, name }) => ({ value: id, text: name })),
          ]}
          onChange={choose}
        />
      </label>
      {ready.length > 0 && (
        <label class="field">
          <span>Participant</span>
          <Select
            label="Participant"
            value={chosen.value?.participant ?? ""}
            options={[{ value: "", text: "choose" }, ...ready.map(({ id }) => ({ value: id, text: id }))]}
            onChange={(participant) =>
              (chosen.value =
                participant === ""
                  ? undefined
                  : { study: study.value, participant, ...(records && { shows: shows() }) })
            }
          />
        </label>
      )}
      {records && chosen.value !== undefined && (
        <>
          <label class="field">
            <span>It shows</span>
            <Select
              label="It shows"
              value={role.value}
              options={analysisRoleSchema.options.map((value) => ({ value, text: roles[value] }))}
              onChange={(next) => {
                role.value = next;
                say();
              }}
            />
          </label>
          <KnownField label="Condition" text={condition} known={known.value.condition} onInput={say} />
          <KnownField label="Stimulus" text={stimulus} known={known.value.stimulus} onInput={say} />
        </>
      )}
      {people.value.length > ready.length && (
        <span class="muted">
          {people.value.length - ready.length} of {counted(people.value.length, "participant")} without
          consent as yet.
        </span>
      )}
      <Failure of={attempt} />
    </div>
  );
}

interface KnownFieldProps {
  readonly label: string;
  readonly text: Signal<string>;
  readonly known: readonly string[];
  readonly onInput: () => void;
}

/** A text, with those that the study has already a click away. */
function KnownField({ label, text, known, onInput }: KnownFieldProps) {
  const others = known.filter((one) => one !== text.value.trim()).slice(0, 6);
  return (
    <div class="field">
      <span aria-hidden="true">{label}</span>
      <TextField label={label} text={text} placeholder="none" onInput={onInput} />
      {others.length > 0 && (
        <span class="row small">
          {others.map((one) => (
            <button
              key={one}
              type="button"
              class="link"
              aria-label={`${label}: ${one}`}
              onClick={() => {
                text.value = one;
                onInput();
              }}
            >
              {one}
            </button>
          ))}
        </span>
      )}
    </div>
  );
}
