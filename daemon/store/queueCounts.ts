import { sql, type Kysely } from "kysely";
import type { JobState, Queue } from "../../shared/protocol/jobs.ts";
import type { Tables } from "./schema.ts";

/** The queue as the protocol tells it, of the kinds that there are jobs of. */
export type QueueCounts = Omit<Queue, "kinds"> & {
  readonly kinds: Omit<Queue["kinds"][number], "paused">[];
  readonly paused: string[];
};

/** So many workers and owners are told: processes come and go, and each has a name of its own. */
const listed = 100;
/** The pace is that of the last so many seconds. */
const paceSeconds = 600;

interface Group {
  readonly kind: string;
  readonly state: JobState;
  readonly worker: string | null;
  readonly n: number;
  /** Of those that ended a short while ago: how many, and how long ago the first of them was begun, seconds. */
  readonly recent: number;
  readonly since: number | null;
}

/** Counts every job once: those that wait by owner, the others by worker. */
export async function countQueue(db: Kysely<Tables>): Promise<QueueCounts> {
  const ended = sql`finished_at > now() - make_interval(secs => ${paceSeconds}) and state in ('done', 'failed')`;
  const { rows } = await sql<Group>`
    select kind, state, worker, count(*)::int as n, count(*) filter (where ${ended})::int as recent,
           extract(epoch from now() - min(started_at) filter (where ${ended}))::float8 as since
    from jobs where state <> 'queued' group by kind, state, worker`.execute(db);
  const waiting = await db
    .selectFrom("jobs")
    .select(["kind", "owner", sql<number>`count(*)::int`.as("n")])
    .where("state", "=", "queued")
    .groupBy(["kind", "owner"])
    .execute();
  const paused = await db.selectFrom("queue_pauses").select("kind").execute();
  const clock = await sql<{ now: Date }>`select now() as now`.execute(db);
  return {
    kinds: [...new Set([...rows, ...waiting].map(({ kind }) => kind))]
      .sort()
      .map((kind) => ofKind(kind, rows, waiting)),
    workers: workersOf(rows),
    owners: ownersOf(waiting),
    paused: paused.map(({ kind }) => kind),
    now: clock.rows[0]!.now.toISOString(),
  };
}

/** Jobs of a kind and an owner that wait. */
interface Waiting {
  readonly kind: string;
  readonly owner: string;
  readonly n: number;
}

function ownersOf(waiting: readonly Waiting[]): QueueCounts["owners"] {
  const queued = new Map<string, number>();
  for (const { owner, n } of waiting) queued.set(owner, (queued.get(owner) ?? 0) + n);
  return Array.from(queued, ([owner, n]) => ({ owner, queued: n }))
    .sort((a, b) => (a.owner < b.owner ? -1 : 1))
    .slice(0, listed);
}

function ofKind(
  kind: string,
  rows: readonly Group[],
  waiting: readonly Waiting[],
): QueueCounts["kinds"][number] {
  const ours = rows.filter((row) => row.kind === kind);
  const states: Partial<Record<JobState, number>> = {};
  const queued = waiting.reduce((sum, group) => sum + (group.kind === kind ? group.n : 0), 0);
  if (queued > 0) states.queued = queued;
  for (const { state, n } of ours) states[state] = (states[state] ?? 0) + n;
  const recent = ours.reduce((sum, row) => sum + row.recent, 0);
  const since = Math.max(...ours.map((row) => row.since ?? 0));
  // Of those that run, half is done on average.
  const open = (states.queued ?? 0) + (states.running ?? 0) / 2;
  return { kind, states, ...(open > 0 && recent > 0 && { secondsLeft: (open * since) / recent }) };
}

function workersOf(rows: readonly Group[]): QueueCounts["workers"] {
  const byName = new Map<string, QueueCounts["workers"][number]>();
  for (const { worker, state, n } of rows) {
    if (worker === null || (state !== "running" && state !== "done" && state !== "failed")) continue;
    const before = byName.get(worker) ?? { worker, running: 0, done: 0, failed: 0 };
    byName.set(worker, { ...before, [state]: before[state] + n });
  }
  const busy = ({ running, done }: QueueCounts["workers"][number]) => running * 1e9 + done;
  return [...byName.values()].sort((a, b) => busy(b) - busy(a)).slice(0, listed);
}
