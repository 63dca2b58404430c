import { useSignal } from "@preact/signals";
import {
  updateParticipant,
  type ParticipantView,
  type StudyView,
} from "../../../shared/protocol/studyRoutes.ts";
import { Button } from "../../components/Button.tsx";
import { Icon } from "../../components/Icon.tsx";
import { TextField } from "../../components/TextField.tsx";
import { dateTime } from "../../data/text.ts";
import type { Loaded } from "../../data/loaded.ts";
import type { Host } from "../../host.ts";
import { ToggleLink } from "../../components/ToggleLink.tsx";

/** A participant of a study that is looked at. */
export interface PersonProps {
  readonly host: Host;
  readonly study: Loaded<StudyView>;
  readonly found: StudyView;
  readonly person: ParticipantView;
}

/** What a participant agreed to; consent that was given on paper is taken down here. */
export function Consent({ host, study, person, found }: PersonProps) {
  const { consent } = person;
  const taking = useSignal(false);
  const by = useSignal("");
  const newest = found.consentVersions.at(-1)?.version;
  const take = (): void => {
    if (newest === undefined || by.value.trim() === "") return;
    const given = { version: newest, givenAt: new Date().toISOString(), givenBy: by.value.trim() };
    const key = { study: found.id, participant: person.id };
    const taken = host.call(updateParticipant, { ...key, consent: given });
    void study.change(taken);
  };
  if (consent === undefined)
    return (
      <>
        <Icon name="circle-large-outline" />{" "}
        {newest === undefined ? "no consent text yet" : "consent not given"}
        <div>
          <ToggleLink text="Given on paper" open={taking} />
        </div>
        {taking.value && (
          <div class="row">
            <TextField
              label={`Who took the consent of ${person.id}`}
              placeholder="Who took it"
              text={by}
              onEnter={take}
            />
            <Button disabled={by.value.trim() === ""} onClick={take}>
              Record consent
            </Button>
          </div>
        )}
      </>
    );
  const old = consent.version !== newest;
  return (
    <>
      <Icon name={old ? "warning" : "pass"} /> consent to version {consent.version}
      {old && ", not the newest"}
      <div class="muted" title={`Taken by: ${consent.givenBy}`}>
        {dateTime(consent.givenAt)}
      </div>
    </>
  );
}
