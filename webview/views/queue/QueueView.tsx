import { useSignal } from "@preact/signals";
import {
  getQueue,
  jobStateSchema,
  listJobs,
  pauseQueue,
  resumeQueue,
  type Job,
  type JobState,
  type Queue,
} from "../../../shared/protocol/jobs.ts";
import { durationText } from "../../../shared/durations.ts";
import { Button } from "../../components/Button.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Waiting } from "../../components/Progress.tsx";
import { Tabs } from "../../components/Tabs.tsx";
import { useLoaded, type Loaded } from "../../data/loaded.ts";
import type { Host } from "../../host.ts";
import { JobTable } from "./JobTable.tsx";

/** How often it looks while somebody looks at it. */
const everyMs = 2000;
const pageSize = 50;
const titles: Record<JobState, string> = {
  running: "Running",
  queued: "Waiting",
  done: "Done",
  failed: "Failed",
  interrupted: "Interrupted",
  cancelled: "Cancelled",
};
const order = ["running", "queued", "done", "failed", "interrupted", "cancelled"] as const;

/** What waits, runs and ended, by kind and by worker, and the jobs themselves. */
export function QueueView({ host }: { readonly host: Host }) {
  const state = useSignal<JobState>("running");
  /** The createdAt of the last job of each page before this one. */
  const pages = useSignal<readonly string[]>([]);
  const queue = useLoaded(() => host.call(getQueue, {}), "queue", everyMs);
  const waiting = state.value === "queued";
  const before = pages.value.at(-1);
  const asked = waiting
    ? { order: "next" as const, skip: pages.value.length * pageSize }
    : { state: state.value, ...(before && { before }) };
  const jobs = useLoaded(
    () => host.call(listJobs, { ...asked, limit: pageSize }),
    `${state.value} ${before ?? ""}`,
    everyMs,
  );
  const failure = queue.failure.value ?? jobs.failure.value;
  const found = queue.value.value;
  const rows = jobs.value.value?.jobs.filter((job) => job.state === state.value);
  const act = (work: Promise<unknown>) => void jobs.change(work).then(queue.reload);
  const turn = (to: readonly string[]) => (pages.value = to);
  return (
    <div class="page queue">
      <h1>Queue</h1>
      {failure !== undefined && <Notice kind="error">{failure}</Notice>}
      {found === undefined && failure === undefined && <Waiting label="Loading the queue" />}
      {found !== undefined && <Kinds host={host} queue={found} loaded={queue} />}
      <Tabs
        label="Jobs by state"
        tabs={order.map((id) => ({ id, title: `${titles[id]} (${countOf(found, id)})` }))}
        current={state.value}
        onChange={(id) => {
          state.value = jobStateSchema.parse(id);
          turn([]);
        }}
      >
        {rows !== undefined && found !== undefined && (
          <JobTable
            {...{ host, act, jobs: rows, nowMs: Date.parse(found.now) }}
            caption={
              waiting
                ? "Waiting, in the order in which they begin"
                : `${titles[state.value]}, the newest first`
            }
          />
        )}
        <Pages
          {...{ pages: pages.value, turn, rows }}
          titles={waiting ? ["Sooner", "Later"] : ["Newer", "Older"]}
        />
      </Tabs>
      {found !== undefined && <Workers queue={found} />}
    </div>
  );
}

const countOf = (queue: Queue | undefined, state: JobState): number =>
  queue?.kinds.reduce((sum, { states }) => sum + (states[state] ?? 0), 0) ?? 0;

interface PagesProps {
  readonly pages: readonly string[];
  readonly turn: (pages: readonly string[]) => void;
  readonly rows: readonly Job[] | undefined;
  readonly titles: readonly [back: string, on: string];
}

function Pages({ pages, turn, rows = [], titles: [back, on] }: PagesProps) {
  const last = rows.at(-1);
  if (pages.length === 0 && rows.length < pageSize) return null;
  return (
    <div class="row">
      <Button secondary disabled={pages.length === 0} onClick={() => turn(pages.slice(0, -1))}>
        {back}
      </Button>
      <Button
        secondary
        disabled={last === undefined || rows.length < pageSize}
        onClick={() => last !== undefined && turn([...pages, last.createdAt])}
      >
        {on}
      </Button>
    </div>
  );
}

interface KindsProps {
  readonly host: Host;
  readonly queue: Queue;
  readonly loaded: Loaded<Queue>;
}

function Kinds({ host, queue: { kinds }, loaded }: KindsProps) {
  const count = (state: JobState) => ({
    title: titles[state],
    number: true,
    cell: ({ states }: Queue["kinds"][number]) => states[state] ?? 0,
  });
  return (
    <DataTable
      caption="Jobs by kind, on every machine"
      rows={kinds}
      columns={[
        { title: "Kind", cell: ({ kind }) => kind },
        ...order.map(count),
        { title: "Left", number: true, cell: ({ secondsLeft }) => durationText(secondsLeft) || "not known" },
        {
          title: "Begins",
          cell: ({ kind, paused }) => (
            <span class="row">
              {paused ? "paused" : "by itself"}
              <Button
                secondary
                icon={paused ? "debug-start" : "debug-pause"}
                onClick={() => void loaded.change(host.call(paused ? resumeQueue : pauseQueue, { kind }))}
              >
                {paused ? `Resume ${kind}` : `Pause ${kind}`}
              </Button>
            </span>
          ),
        },
      ]}
    />
  );
}

function Workers({ queue: { workers, owners } }: { readonly queue: Queue }) {
  return (
    <>
      <h2>Workers</h2>
      <DataTable
        caption="Jobs by the process that runs or last ran them"
        rows={workers}
        empty="No job was run yet."
        columns={[
          { title: "Worker", cell: ({ worker }) => <span class="mono">{worker}</span> },
          { title: "Running", number: true, cell: ({ running }) => running },
          { title: "Done", number: true, cell: ({ done }) => done },
          { title: "Failed", number: true, cell: ({ failed }) => failed },
        ]}
      />
      <h2>Owners</h2>
      <DataTable
        caption="Jobs that wait, by who asked; they take turns"
        rows={owners}
        empty="None waits."
        columns={[
          { title: "Owner", cell: ({ owner }) => owner },
          { title: "Waiting", number: true, cell: ({ queued }) => queued },
        ]}
      />
    </>
  );
}
