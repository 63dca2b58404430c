import { useSignal } from "@preact/signals";
import { addParticipants, type StudyView } from "../../../shared/protocol/studyRoutes.ts";
import { Button } from "../../components/Button.tsx";
import { TextField } from "../../components/TextField.tsx";
import type { Loaded } from "../../data/loaded.ts";
import type { Host } from "../../host.ts";
import { counted } from "../../../shared/text/counted.ts";
import { ParticipantRows } from "./ParticipantRows.tsx";
import { TableHead } from "../../components/TableHead.tsx";

interface ParticipantsProps {
  readonly host: Host;
  readonly study: Loaded<StudyView>;
  readonly found: StudyView;
}

/** More rows than these at a time are slow to draw and to read. */
const rowsAtOnce = 200;

/** Everybody in a study with consent, sessions, forms and analyses. */
export function Participants({ host, study, found }: ParticipantsProps) {
  const ids = useSignal("");
  const find = useSignal("");
  const shown = useSignal(rowsAtOnce);
  const wanted = ids.value.split(/[\s,;]+/).filter((id) => id !== "");
  const add = (): void => {
    if (wanted.length === 0) return;
    const added = host.call(addParticipants, { study: found.id, ids: wanted });
    void study.change(added).then(() => {
      if (study.failure.value === undefined) ids.value = "";
    });
  };
  const wantedText = find.value.trim().toLowerCase();
  const matching = found.participants.filter(({ id }) => id.toLowerCase().includes(wantedText));
  const rows = matching.slice(0, shown.value);
  return (
    <div class="page">
      <div class="row add">
        <TextField
          label="Pseudonyms of new participants"
          placeholder="Pseudonyms, such as p01 p02; never names"
          text={ids}
          onEnter={add}
        />
        <Button icon="person-add" disabled={wanted.length === 0} onClick={add}>
          Add
        </Button>
      </div>
      {found.participants.length === 0 ? (
        <p class="empty">Nobody yet. Add participants by pseudonym above.</p>
      ) : (
        <>
          {found.participants.length > rowsAtOnce && (
            <div class="row">
              <TextField label="Find a participant" placeholder="Find a pseudonym" text={find} />
              <span class="muted">
                {rows.length} of {counted(matching.length, "participant")}
              </span>
            </div>
          )}
          <div class="table-scroll tall" tabIndex={0} role="region" aria-label="Participants">
            <table class="analyses">
              <TableHead
                titles={["Participant", "Consent", "Session", "Questionnaire", "Analyses"]}
                actions
              />
              <tbody>
                {rows.map((person) => (
                  <ParticipantRows key={person.id} host={host} study={study} found={found} person={person} />
                ))}
              </tbody>
            </table>
          </div>
          {rows.length < matching.length && (
            <Button secondary onClick={() => (shown.value += rowsAtOnce)}>
              Show {Math.min(rowsAtOnce, matching.length - rows.length)} more
            </Button>
          )}
        </>
      )}
    </div>
  );
}
