import type { Job, JobProgress } from "../../shared/protocol/jobs.ts";
import type { Log } from "../log.ts";
import type { RetryPolicy } from "../store/jobRows.ts";
import type { Jobs } from "../store/jobs.ts";
import { interruptedFailure } from "./worker.ts";

/** What happens to jobs. */
export type JobNews =
  | { readonly kind: "changed"; readonly job: Job }
  | { readonly kind: "progress"; readonly job: Job; readonly progress: JobProgress }
  | { readonly kind: "deleted"; readonly id: string };

export interface WatchOptions {
  readonly jobs: Jobs;
  /** A run that was not heard of for so long is taken for dead. */
  readonly silentMs: number;
  readonly beatMs: number;
  readonly pollMs: number;
  /** The jobs that run in this process. */
  readonly ours: () => readonly string[];
  /** Whether the results of a job are where they are looked for. */
  readonly inPlace: (job: Job) => Promise<boolean>;
  readonly policyOf: (kind: string) => RetryPolicy;
  readonly tell: (news: JobNews) => void;
  readonly log: Log;
}

/**
 * With a shared database: tells what the workers of other processes do, and ends the runs of those that died. Every process
 * watches, so that a job is found whoever is left. Returns what stops it.
 */
export function watchOthers(options: WatchOptions): () => void {
  const { jobs, silentMs, beatMs, pollMs, ours, inPlace, policyOf, tell, log } = options;
  const seen = new Map<string, Job>();
  // Whoever did not reach the database cannot tell whether others did: they get time to be heard of first.
  let judgesFrom = Date.now() + 3 * beatMs;
  let away = false;
  let looking = false;

  const endSilent = async () => {
    if (Date.now() < judgesFrom) return;
    for (const job of await jobs.endSilent(silentMs / 1000, interruptedFailure, ours(), inPlace, policyOf)) {
      log.warn("job_of_dead_worker", { job: job.id, kind: job.kind, state: job.state, worker: job.worker });
      tell({ kind: "changed", job });
    }
  };
  const tellOthers = async () => {
    const here = new Set(ours());
    const running = (await jobs.list({ state: "running", limit: 200 })).filter(({ id }) => !here.has(id));
    for (const job of running) {
      const { id, progress } = job;
      const before = seen.get(id);
      if (before === undefined) tell({ kind: "changed", job });
      else if (progress && JSON.stringify(progress) !== JSON.stringify(before.progress))
        tell({ kind: "progress", job, progress });
      seen.set(id, job);
    }
    for (const id of seen.keys()) {
      if (running.some((job) => job.id === id)) continue;
      seen.delete(id);
      const job = await jobs.get(id);
      tell(job === undefined ? { kind: "deleted", id } : { kind: "changed", job });
    }
  };
  const watchOnce = async () => {
    if (looking) return;
    looking = true;
    try {
      await endSilent();
      await tellOthers();
      away = false;
    } catch (error) {
      if (!away) log.warn("watch_failed", { error });
      away = true;
      judgesFrom = Date.now() + silentMs;
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void watchOnce(), pollMs);
  return () => clearInterval(timer);
}
