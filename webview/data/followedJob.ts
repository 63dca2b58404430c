import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { cancelJob, getJob, type Job } from "../../shared/protocol/jobs.ts";
import type { Host } from "../host.ts";
import { useAttempt, type Attempt } from "./attempt.ts";

/** How often a running job is asked how far it is. */
const askEveryMs = 1000;

/** A job that somebody started here, until it ends. */
export interface FollowedJob {
  readonly job: ReadonlySignal<Job | undefined>;
  readonly running: boolean;
  /** Of what was asked for: starting, cancelling, fetching what came out. */
  readonly attempt: Attempt;
  /** Of asking how far it is. */
  readonly poll: Attempt;
  start(work: Promise<{ readonly job: Job }>): void;
  cancel(): void;
}

/** @param onDone fetches what came out */
export function useFollowedJob(host: Host, onDone: (id: string) => Promise<unknown>): FollowedJob {
  const job = useSignal<Job | undefined>(undefined);
  const attempt = useAttempt();
  const poll = useAttempt();
  const { id, state } = job.value ?? {};
  const running = state === "queued" || state === "running";
  useEffect(() => {
    if (id === undefined) return;
    if (state === "done") attempt.run(onDone(id));
    if (!running) return;
    const timer = setInterval(() => {
      poll.run(host.call(getJob, { id }).then((answer) => (job.value = answer.job)));
    }, askEveryMs);
    return () => clearInterval(timer);
  }, [host, id, state]);
  return {
    ...{ job, running, attempt, poll },
    start: (work) => attempt.run(work.then((answer) => (job.value = answer.job))),
    cancel: () => {
      if (id !== undefined) attempt.run(host.call(cancelJob, { id }));
    },
  };
}
