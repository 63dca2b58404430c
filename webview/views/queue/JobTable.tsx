import { useSignal } from "@preact/signals";
import {
  cancelJob,
  prioritySchema,
  retryJob,
  setJobPriority,
  type Job,
} from "../../../shared/protocol/jobs.ts";
import { jobName } from "../../../shared/jobName.ts";
import { IconButton } from "../../components/Button.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { ProgressBar } from "../../components/Progress.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import type { Host } from "../../host.ts";
import { JobLog } from "./JobLog.tsx";
import { timeText } from "./jobText.ts";

interface JobTableProps {
  readonly host: Host;
  readonly caption: string;
  readonly jobs: readonly Job[];
  /** By the clock of the database. */
  readonly nowMs: number;
  /** Does something to a job, and shows what came of it. */
  readonly act: (work: Promise<unknown>) => void;
}

/** Jobs of one state: what each is about, how far it is, who runs it for whom, and what can be done with it. */
export function JobTable({ host, caption, jobs, nowMs, act }: JobTableProps) {
  const shown = useSignal<Job | undefined>(undefined);
  return (
    <>
      <DataTable
        caption={caption}
        rows={jobs}
        empty="None."
        columns={[
          { title: "Job", cell: (job) => <Name job={job} /> },
          { title: "Progress", cell: (job) => <Progress job={job} /> },
          { title: "Time", cell: (job) => timeText(job, nowMs) },
          { title: "Worker", cell: ({ worker }) => <span class="mono">{worker ?? "none"}</span> },
          { title: "Owner", cell: ({ owner }) => owner },
          { title: "Priority", number: true, cell: ({ priority }) => priority },
          {
            title: "Actions",
            cell: (job) => <Actions {...{ host, job, act }} onLog={() => (shown.value = job)} />,
          },
        ]}
      />
      {shown.value !== undefined && (
        <JobLog
          key={shown.value.id}
          host={host}
          job={shown.value}
          onClose={() => (shown.value = undefined)}
        />
      )}
    </>
  );
}

function Name({ job }: { readonly job: Job }) {
  const { id, kind, state } = job;
  const name = jobName(job);
  return (
    <>
      {kind === "analysis" && state === "done" ? (
        <ViewLink view={{ view: "analysis", id }}>{name}</ViewLink>
      ) : (
        name
      )}{" "}
      <span class="tag quiet">{kind}</span>
    </>
  );
}

function Progress({ job }: { readonly job: Job }) {
  const { state, progress, failure } = job;
  if (failure !== undefined) return <>{failure.message}</>;
  if (state === "running" && progress?.share !== undefined)
    return (
      <>
        <ProgressBar label={`Progress of ${jobName(job)}`} share={progress.share} />{" "}
        <span class="muted">{progress.text}</span>
      </>
    );
  return <>{progress?.text ?? (state === "queued" ? "not begun" : "")}</>;
}

interface ActionsProps {
  readonly host: Host;
  readonly job: Job;
  readonly act: (work: Promise<unknown>) => void;
  readonly onLog: () => void;
}

const step = 10;

function Actions({ host, job, act, onLog }: ActionsProps) {
  const { id, state, priority } = job;
  const name = jobName(job);
  const move = (by: number) => {
    const to = priority + by;
    return (
      <IconButton
        icon={by > 0 ? "arrow-up" : "arrow-down"}
        label={`${by > 0 ? "Raise" : "Lower"} the priority of ${name} to ${to}`}
        disabled={!prioritySchema.safeParse(to).success}
        onClick={() => act(host.call(setJobPriority, { id, priority: to }))}
      />
    );
  };
  return (
    <span class="row actions">
      {state === "queued" && move(step)}
      {state === "queued" && move(-step)}
      {(state === "queued" || state === "running") && (
        <IconButton
          icon="stop-circle"
          label={`Cancel ${name}`}
          onClick={() => act(host.call(cancelJob, { id }))}
        />
      )}
      {(state === "failed" || state === "interrupted" || state === "cancelled") && (
        <IconButton icon="refresh" label={`Retry ${name}`} onClick={() => act(host.call(retryJob, { id }))} />
      )}
      <IconButton icon="output" label={`Show the log of ${name}`} onClick={onLog} />
    </span>
  );
}
