import { useSignal } from "@preact/signals";
import { cancelImport, listImports, type StudyImport } from "../../../shared/protocol/studyArchives.ts";
import { createStudy, listStudies, type StudySummary } from "../../../shared/protocol/studyRoutes.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { Notice } from "../../components/Notice.tsx";
import { ProgressBar, Waiting } from "../../components/Progress.tsx";
import { TextArea } from "../../components/TextArea.tsx";
import { TextField } from "../../components/TextField.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import { useLoaded } from "../../data/loaded.ts";
import { show } from "../../host/route.ts";
import type { Host } from "../../host.ts";
import { dateTime } from "../../data/text.ts";
import { StudyView } from "./StudyView.tsx";

/** Studies with the questionnaire: the list, or one of them. */
export function BeqView({ host, id }: { readonly host: Host; readonly id: string | undefined }) {
  return id === undefined ? <StudyList host={host} /> : <StudyView key={id} host={host} id={id} />;
}

/** Archives are taken over in an editor or a terminal while this is looked at. */
const refreshMs = 1000;

function StudyList({ host }: { readonly host: Host }) {
  const imports = useLoaded(async () => (await host.call(listImports, {})).imports, host, refreshMs);
  const running = imports.value.value?.length ?? 0;
  // One that has ended is a study more.
  const studies = useLoaded(async () => (await host.call(listStudies, {})).studies, running);
  const creating = useSignal(false);
  const rows = studies.value.value;
  return (
    <div class="page">
      <div class="row">
        <h1>Studies</h1>
        <span class="spread" />
        <Button icon="add" onClick={() => (creating.value = !creating.value)}>
          New study
        </Button>
      </div>
      {creating.value && <NewStudy host={host} onCancel={() => (creating.value = false)} />}
      {studies.failure.value !== undefined && <Notice kind="error">{studies.failure.value}</Notice>}
      {imports.value.value?.map((one) => (
        <RunningImport
          key={one.id}
          of={one}
          onCancel={() => void imports.change(host.call(cancelImport, { id: one.id }))}
        />
      ))}
      {rows === undefined && studies.failure.value === undefined && <Waiting label="Loading the studies" />}
      {rows?.length === 0 && !creating.value && (
        <p class="empty">
          No study yet. A study holds participants by pseudonym, their consent, their questionnaires and the
          analyses of their clips.
        </p>
      )}
      {rows !== undefined && rows.length > 0 && <StudyTable rows={rows} />}
    </div>
  );
}

function RunningImport({ of, onCancel }: { readonly of: StudyImport; readonly onCancel: () => void }) {
  const label = `Importing ${of.path.split(/[\\/]/).at(-1)}`;
  return (
    <div class="row" role="group" aria-label={label}>
      {of.total > 0 ? (
        <>
          <span>{label}</span>
          <ProgressBar label={label} share={of.done / of.total} />
        </>
      ) : (
        <Waiting label={label} />
      )}
      <Button secondary onClick={onCancel}>
        Cancel
      </Button>
    </div>
  );
}

function StudyTable({ rows }: { readonly rows: readonly StudySummary[] }) {
  return (
    <DataTable
      caption="Studies"
      rows={rows}
      columns={[
        { title: "Study", cell: (row) => <ViewLink view={{ view: "beq", id: row.id }}>{row.name}</ViewLink> },
        { title: "Participants", number: true, cell: (row) => row.participants },
        { title: "With consent", number: true, cell: (row) => row.consented },
        { title: "Completed forms", number: true, cell: (row) => row.responses },
        { title: "Created", cell: (row) => dateTime(row.createdAt) },
      ]}
    />
  );
}

function NewStudy({ host, onCancel }: { readonly host: Host; readonly onCancel: () => void }) {
  const name = useSignal("");
  const consentText = useSignal("");
  const attempt = useAttempt();
  const ready = name.value.trim() !== "" && consentText.value.trim() !== "";
  const create = (): void => {
    attempt.run(
      host
        .call(createStudy, { name: name.value, consentText: consentText.value })
        .then(({ study }) => show({ view: "beq", id: study.id })),
    );
  };
  return (
    <section class="card" aria-label="New study">
      <TextField label="Name of the study" placeholder="Name" text={name} />
      <TextArea label="Consent text, shown to each participant first" text={consentText} />
      <Failure of={attempt} />
      <div class="row">
        <Button disabled={!ready} onClick={create}>
          Create study
        </Button>
        <Button secondary onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </section>
  );
}
