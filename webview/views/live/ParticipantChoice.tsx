import { counted } from "../../../shared/text/counted.ts";
import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { LiveParticipant } from "../../../shared/protocol/live.ts";
import { getStudy, listStudies, wholeStudy } from "../../../shared/protocol/studyRoutes.ts";
import { Failure } from "../../components/Failure.tsx";
import { Select } from "../../components/Select.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";

export interface ParticipantChoiceProps {
  readonly host: Host;
  readonly chosen: Signal<LiveParticipant | undefined>;
}

/** Whose session it is: nobody's, or that of a participant of a study who has given consent. */
export function ParticipantChoice({ host, chosen }: ParticipantChoiceProps) {
  const studies = useSignal<readonly { readonly id: string; readonly name: string }[]>([]);
  const study = useSignal("");
  const people = useSignal<readonly { readonly id: string; readonly consented: boolean }[]>([]);
  const attempt = useAttempt();
  useEffect(() => {
    attempt.run(host.call(listStudies, {}).then((answer) => (studies.value = answer.studies)));
  }, [host]);
  const choose = (id: string): void => {
    study.value = id;
    chosen.value = undefined;
    people.value = [];
    if (id === "") return;
    attempt.run(
      wholeStudy((request) => host.call(getStudy, request), id).then(({ participants }) => {
        // Another may have been chosen meanwhile.
        if (study.peek() === id)
          people.value = participants.map((one) => ({ id: one.id, consented: one.consent !== undefined }));
      }),
    );
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
              (chosen.value = participant === "" ? undefined : { study: study.value, participant })
            }
          />
        </label>
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
