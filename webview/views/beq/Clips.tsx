import { useSignal } from "@preact/signals";
import { importEvents, linkClips, type EventRow, type LinkRow } from "../../../shared/protocol/studyClips.ts";
import type { StudyView } from "../../../shared/protocol/studyRoutes.ts";
import { Button } from "../../components/Button.tsx";
import { Checkbox } from "../../components/Checkbox.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Notice } from "../../components/Notice.tsx";
import { TextField } from "../../components/TextField.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { toBase64 } from "../../data/base64.ts";
import type { Host } from "../../host.ts";
import { ClipFacts } from "./ClipFacts.tsx";
import { counted } from "../../../shared/text/counted.ts";

export interface ClipsProps {
  readonly host: Host;
  readonly found: StudyView;
  readonly onChanged: () => void;
}

/** The clips of a study: linking many at once, what each shows, and their events. */
export function Clips(props: ClipsProps) {
  const clips = props.found.participants.flatMap(({ id, sessions }) =>
    sessions.flatMap((session) =>
      session.analyses.map((analysis) => ({ participant: id, session, analysis })),
    ),
  );
  return (
    <div class="page">
      <LinkMany {...props} />
      <AddEvents {...props} />
      {clips.length === 0 ? (
        <p class="empty">No clip is linked yet.</p>
      ) : (
        <DataTable
          caption="Clips"
          rows={clips}
          columns={[
            { title: "Participant", cell: ({ participant }) => participant },
            { title: "Clip", cell: ({ analysis }) => analysis.mediaName },
            {
              title: "Condition, stimulus and events",
              cell: ({ session, analysis }) => (
                <ClipFacts key={analysis.id} {...props} session={session.id} analysis={analysis} />
              ),
            },
            { title: "Role", cell: ({ analysis }) => analysis.role },
          ]}
        />
      )}
    </div>
  );
}

const linkStates: Record<LinkRow["state"], string> = {
  new: "new",
  changed: "changed",
  same: "linked already",
  other_session: "left: in another session",
  no_participant: "left: no such participant",
  no_consent: "left: no consent is recorded yet",
  unmatched: "left: the name does not fit",
  no_analysis: "left: no analysis is done",
};

function LinkMany({ host, found, onChanged }: ClipsProps) {
  const pattern = useSignal("{participant}_{condition}");
  const rest = useSignal("");
  const table = useSignal<string | undefined>(undefined);
  const adding = useSignal(false);
  const rows = useSignal<readonly LinkRow[] | undefined>(undefined);
  const told = useSignal<string | undefined>(undefined);
  const attempt = useAttempt();
  const ask = async (apply: boolean): Promise<void> => {
    told.value = undefined;
    const answer = await host.call(linkClips, {
      study: found.id,
      ...(table.value === undefined ? { pattern: pattern.value } : { table: table.value }),
      ...(rest.value.trim() !== "" && { baselineCondition: rest.value }),
      addParticipants: adding.value,
      apply,
    });
    rows.value = apply ? undefined : answer.rows;
    if (apply) told.value = `Linked: ${counted(answer.written, "clip")}.`;
    if (apply) onChanged();
  };
  const open = rows.value?.filter(({ state }) => state === "new" || state === "changed").length ?? 0;
  return (
    <details>
      <summary>Link many clips</summary>
      <p>
        By a pattern of file names with <code>{"{participant}"}</code>, <code>{"{session}"}</code>,{" "}
        <code>{"{condition}"}</code>, <code>{"{stimulus}"}</code> and <code>*</code>, or by a CSV file with{" "}
        <code>file,participant,session,condition,stimulus</code>.
      </p>
      <div class="row fields">
        <div class="field">
          <span aria-hidden="true">Pattern</span>
          <TextField label="Pattern" text={pattern} onInput={() => (table.value = undefined)} />
        </div>
        <div class="field">
          <span aria-hidden="true">Condition at rest</span>
          <TextField label="Condition at rest" text={rest} placeholder="none" />
        </div>
        <FileField
          label="Or a CSV file"
          onFile={async (file) => {
            table.value = await toBase64(file);
            attempt.run(ask(false));
          }}
        />
        <Checkbox
          label="Add participants"
          checked={adding.value}
          onChange={(next) => (adding.value = next)}
        />
        <Button secondary onClick={() => attempt.run(ask(false))}>
          Preview
        </Button>
      </div>
      <Failure of={attempt} />
      {told.value !== undefined && <Notice kind="info">{told.value}</Notice>}
      {rows.value !== undefined && (
        <>
          <DataTable
            caption="What would be linked"
            rows={rows.value}
            empty="No analysis is done yet."
            columns={[
              { title: "Clip", cell: (row) => row.mediaName },
              { title: "Participant", cell: (row) => row.participant ?? "" },
              { title: "Session", cell: (row) => row.session ?? "" },
              { title: "Condition", cell: (row) => row.condition ?? "" },
              { title: "Stimulus", cell: (row) => row.stimulus ?? "" },
              { title: "State", cell: (row) => linkStates[row.state] },
            ]}
          />
          <div class="row">
            <Button disabled={open === 0} onClick={() => attempt.run(ask(true))}>
              Link {counted(open, "clip")}
            </Button>
          </div>
        </>
      )}
    </details>
  );
}

const eventStates: Record<EventRow["state"], string> = {
  new: "new",
  same: "there already",
  no_clip: "left: no such clip here",
  several_clips: "left: several clips have this name",
};

function AddEvents({ host, found, onChanged }: ClipsProps) {
  const data = useSignal<string | undefined>(undefined);
  const rows = useSignal<readonly EventRow[] | undefined>(undefined);
  const told = useSignal<string | undefined>(undefined);
  const attempt = useAttempt();
  const ask = async (apply: boolean): Promise<void> => {
    told.value = undefined;
    const answer = await host.call(importEvents, { study: found.id, data: data.value!, apply });
    rows.value = apply ? undefined : answer.rows;
    if (apply) told.value = `Added: ${counted(answer.written, "event")}.`;
    if (apply) onChanged();
  };
  const open = rows.value?.filter(({ state }) => state === "new").length ?? 0;
  return (
    <details>
      <summary>Add events from a file</summary>
      <p>
        A CSV file with <code>file,start_s,end_s,name</code>, or a labels file. Prompts and answers of
        interviews are events by themselves.
      </p>
      <FileField
        label="File with events"
        onFile={async (file) => {
          data.value = await toBase64(file);
          attempt.run(ask(false));
        }}
      />
      <Failure of={attempt} />
      {told.value !== undefined && <Notice kind="info">{told.value}</Notice>}
      {rows.value !== undefined && (
        <>
          <DataTable
            caption="What would be added"
            rows={rows.value}
            columns={[
              { title: "Clip", cell: (row) => row.file },
              { title: "Participant", cell: (row) => row.participant ?? "" },
              { title: "From, s", number: true, cell: (row) => (row.startMs / 1000).toFixed(2) },
              { title: "To, s", number: true, cell: (row) => (row.endMs / 1000).toFixed(2) },
              { title: "Event", cell: (row) => row.name },
              { title: "State", cell: (row) => eventStates[row.state] },
            ]}
          />
          <div class="row">
            <Button disabled={open === 0} onClick={() => attempt.run(ask(true))}>
              Add {counted(open, "event")}
            </Button>
          </div>
        </>
      )}
    </details>
  );
}

interface FileFieldProps {
  readonly label: string;
  readonly onFile: (file: File) => Promise<void>;
}

function FileField({ label, onFile }: FileFieldProps) {
  return (
    <label class="file">
      <span>{label}</span>
      <input
        type="file"
        accept=".csv,.tsv,.txt,.json,text/csv"
        onChange={(event) => {
          const input = event.currentTarget;
          const [file] = input.files ?? [];
          // So that the same file can be chosen again once it was mended.
          if (file !== undefined) void onFile(file).finally(() => (input.value = ""));
        }}
      />
    </label>
  );
}
