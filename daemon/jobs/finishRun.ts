import { setTimeout as sleep } from "node:timers/promises";
import { isAppError, toAppError } from "../../shared/errors.ts";
import type { Job } from "../../shared/protocol/jobs.ts";
import type { Log } from "../log.ts";
import type { ClaimedJob, JobEnd, RetryPolicy } from "../store/jobRows.ts";
import type { Jobs, Settlement } from "../store/jobs.ts";

export interface FinishOptions {
  readonly beatMs: number;
  /** What becomes of one whose process died; absent: it is not tried again. */
  readonly policy?: () => RetryPolicy;
  /** Hears of each attempt that missed the database. */
  readonly onMissed: (error: unknown) => void;
  /** Whether there is no time left for another attempt. */
  readonly givesUp: () => boolean;
  readonly log: Log;
}

/**
 * Ends a run in the database, which may be away for a while. Undefined when the job is another run's by now, or when there
 * was no time left.
 */
export async function finishRun(
  jobs: Jobs,
  job: Pick<ClaimedJob, "id" | "run">,
  end: JobEnd,
  files: Settlement,
  { beatMs, policy, onMissed, givesUp, log }: FinishOptions,
): Promise<Job | undefined> {
  for (;;) {
    try {
      return await jobs.finish(job, end, files, policy?.());
    } catch (error) {
      if (isStoreAway(error)) {
        onMissed(error);
        if (givesUp()) return undefined;
        await sleep(beatMs);
        continue;
      }
      if (end.state !== "done") throw error;
      // The files cannot be put in their place.
      log.error("job_not_published", { job: job.id, error });
      const { code, message } = toAppError(error);
      end = { ...end, state: "failed", failure: { code, message } };
    }
  }
}

/** The database cannot be reached, or its disk has no room: it may be back soon. */
export function isStoreAway(error: unknown): boolean {
  return isAppError(error, "store_unavailable") || isAppError(error, "disk_full");
}
