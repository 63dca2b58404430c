import { useSignal } from "@preact/signals";
import { beqItemCount } from "../../../shared/beq/items.ts";
import { createFormLink } from "../../../shared/protocol/beqForm.ts";
import {
  addSession,
  deleteParticipant,
  type ParticipantView,
  type SessionView,
} from "../../../shared/protocol/studyRoutes.ts";
import { IconButton } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { Icon } from "../../components/Icon.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import type { Host } from "../../host.ts";
import { dateTime } from "../../data/text.ts";
import { Consent, type PersonProps } from "./Consent.tsx";
import { KeptGaze } from "./KeptGaze.tsx";
import { SessionAnalyses } from "./SessionAnalyses.tsx";

/** A row for each session of a participant; one without a session has a row as well. */
export function ParticipantRows({ host, study, found, person }: PersonProps) {
  const asking = useSignal(false);
  const key = { study: found.id, participant: person.id };
  const sessions: readonly (SessionView | undefined)[] =
    person.sessions.length > 0 ? person.sessions : [undefined];
  const span = sessions.length;
  return (
    <>
      {sessions.map((session, k) => (
        <tr key={session?.id ?? "none"}>
          {k === 0 && (
            <>
              <th scope="row" rowSpan={span}>
                {person.id}
                {person.retainUntil !== undefined && (
                  <div class="muted">until {dateTime(person.retainUntil)}</div>
                )}
              </th>
              <td rowSpan={span}>
                <Consent host={host} study={study} person={person} found={found} />
                <KeptGaze host={host} study={study} person={person} found={found} />
              </td>
            </>
          )}
          <td>{session === undefined ? <span class="muted">none yet</span> : dateTime(session.startedAt)}</td>
          <td>{session !== undefined && <Form host={host} person={person} session={session} />}</td>
          <td>
            {session !== undefined && (
              <SessionAnalyses
                host={host}
                session={session}
                consented={person.consent !== undefined}
                onChanged={() => void study.reload()}
              />
            )}
          </td>
          {k === 0 && (
            <td rowSpan={span} class="actions">
              <IconButton
                icon="add"
                label={`New session of ${person.id}`}
                onClick={() => void study.change(host.call(addSession, key))}
              />
              {asking.value ? (
                <>
                  <IconButton
                    icon="trash"
                    text="Delete"
                    label={`Delete ${person.id} with all answers, results and recordings permanently`}
                    onClick={() => void study.change(host.call(deleteParticipant, key))}
                  />
                  <IconButton
                    icon="close"
                    label={`Keep ${person.id}`}
                    onClick={() => (asking.value = false)}
                  />
                </>
              ) : (
                <IconButton
                  icon="trash"
                  label={`Delete ${person.id}`}
                  onClick={() => (asking.value = true)}
                />
              )}
            </td>
          )}
        </tr>
      ))}
    </>
  );
}

interface FormProps {
  readonly host: Host;
  readonly person: ParticipantView;
  readonly session: SessionView;
}

/** How far the questionnaire is; a link for the participant, or the form itself here. */
function Form({ host, person, session }: FormProps) {
  const link = useSignal<{ readonly url: string; readonly copied: boolean } | undefined>(undefined);
  const attempt = useAttempt();
  const { response } = session;
  if (response?.completedAt !== undefined) {
    return (
      <>
        <Icon name="pass" /> {response.source === "form" ? "completed" : `imported (${response.source})`}
        <div class="muted">{dateTime(response.completedAt)}</div>
      </>
    );
  }
  const answered = response?.items.filter((item) => item !== null).length ?? 0;
  const make = async (): Promise<void> => {
    const { url } = await host.call(createFormLink, { session: session.id });
    const copied = await navigator.clipboard.writeText(url).then(
      () => true,
      () => false,
    );
    link.value = { url, copied };
  };
  return (
    <div class="form-cell">
      <div>
        <Icon name={answered === 0 ? "circle-large-outline" : "edit"} />{" "}
        {answered === 0 ? "not started" : `${answered} of ${beqItemCount} answered`}
      </div>
      <div class="row">
        <button type="button" class="link" onClick={() => attempt.run(make())}>
          Copy a link for {person.id}
        </button>
        <ViewLink view={{ view: "form", id: session.id }}>Fill in here</ViewLink>
      </div>
      {link.value !== undefined && (
        <div class="form-url">
          <span role="status">
            {link.value.copied ? "Copied." : "Copy it from here."} It opens this form once, in one browser on
            this computer.
          </span>
          <input
            aria-label={`Link for ${person.id}`}
            readOnly
            value={link.value.url}
            onFocus={(event) => event.currentTarget.select()}
          />
        </div>
      )}
      <Failure of={attempt} />
    </div>
  );
}
