import { sql, type Selectable } from "kysely";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { Job, JobProgress, JobState } from "../../shared/protocol/jobs.ts";
import type { Tables } from "./schema.ts";

/** A job that is asked for. */
export interface NewJob {
  readonly kind: string;
  readonly request: Record<string, unknown>;
  readonly priority?: number | undefined;
  /** The user or study that asked; by default whoever this process belongs to. */
  readonly owner?: string | undefined;
}

/** A job that a worker took. `run` is the fencing token: whoever comes with an older one has lost the job to another run. */
export interface ClaimedJob extends Job {
  readonly run: number;
  /** Runs that died before it. */
  readonly deaths: number;
}

/** What becomes of a job whose run died: it is queued again after a while, until it was tried so often. */
export interface RetryPolicy {
  readonly maxTries: number;
  /** Before the second try, seconds; four times that before each further one. */
  readonly afterSeconds: number;
}

/** No job is tried again by itself. */
export const noRetry: RetryPolicy = { maxTries: 1, afterSeconds: 0 };

/** In the database; one that was tried too often is set aside as `failed`. */
export const setAsideFailure = (deaths: number): Failure => ({
  code: "interrupted",
  message: `The process that ran this ended in the middle ${deaths} times: it is set aside. Its log has the last words; mend the clip, then Retry.`,
});

/** How a run ended. */
export interface JobEnd {
  readonly state: Exclude<JobState, "queued" | "running">;
  readonly failure?: Failure | undefined;
  readonly progress?: JobProgress | undefined;
  /** The end of what was logged of it. */
  readonly log?: string | undefined;
}

/** What becomes of the row of a job that died so often. One that waits for its next try is still its last run's, if that lives after all. */
export function afterDeath(deaths: number, { maxTries, afterSeconds }: RetryPolicy) {
  if (maxTries <= 1) return { deaths };
  if (deaths >= maxTries)
    return { deaths, state: "failed" as const, failure: JSON.stringify(setAsideFailure(deaths)) };
  const wait = afterSeconds * 4 ** (deaths - 1);
  return {
    deaths,
    state: "queued" as const,
    not_before: sql<Date>`now() + make_interval(secs => ${wait})`,
    finished_at: null,
  };
}

/** The row of a job that ended elsewhere. */
export function endedRow(
  id: string,
  { kind, request }: NewJob,
  { state, failure, progress, startedAt }: JobEnd & { startedAt: Date },
  { createdAt, finishedAt }: { createdAt: Date; finishedAt: Date },
) {
  return {
    ...{ id, kind, state, request: JSON.stringify(request) },
    progress: progress ? JSON.stringify(progress) : null,
    failure: failure ? JSON.stringify(failure) : null,
    ...{ created_at: createdAt, queued_at: createdAt, started_at: startedAt, finished_at: finishedAt },
  };
}

/** A row as the protocol tells it. */
export function toJob(row: Selectable<Tables["jobs"]>): Job {
  return {
    ...{ id: row.id, kind: row.kind, state: row.state, request: row.request },
    ...(row.progress && { progress: row.progress }),
    ...(row.failure && { failure: row.failure }),
    ...{ priority: row.priority, owner: row.owner },
    ...(row.log !== null && { log: row.log }),
    ...(row.worker !== null && { worker: row.worker }),
    createdAt: row.created_at.toISOString(),
    ...(row.started_at && { startedAt: row.started_at.toISOString() }),
    ...(row.finished_at && { finishedAt: row.finished_at.toISOString() }),
  };
}

/** A row that a run has taken. */
export const toClaimed = (row: Selectable<Tables["jobs"]>): ClaimedJob => ({
  ...toJob(row),
  run: row.run,
  deaths: row.deaths,
});
