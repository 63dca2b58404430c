import * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import type { Job, JobProgress } from "../../shared/protocol/jobs.ts";
import type { Log } from "../log.ts";

export interface RunContext {
  readonly id: string;
  /** Empty, and this run's alone; what is in it when the run ends becomes the results of the job. */
  readonly outDir: string;
  /** Where the next run of the same job finds what this one leaves, if it is interrupted; gone with the job, and when it is done. */
  readonly keptDir: string;
  /** Aborted when the job is cancelled, when the process ends, and when another run has the job. */
  readonly signal: AbortSignal;
  /** Its lines carry the id of the job, and are kept with it. */
  readonly log: Log;
  /** May be called as often as one likes. */
  readonly onProgress: (progress: JobProgress) => void;
}

/** A kind of long work that goes through the queue. */
export interface JobKind {
  readonly name: string;
  /** Its folder of results in the data folder: `<folder>/<id>`. */
  readonly folder: string;
  /** Jobs of the kind at a time in one process. */
  readonly atOnce: number;
  /** A job whose process died is tried again by itself, as the configuration says. */
  readonly triedAgain?: boolean;
  /** Does the work; the files in `outDir` are complete when the promise is fulfilled. */
  readonly run: (job: Job, context: RunContext) => Promise<void>;
}

/** A kind whose requests are read by a schema: a request of an older version, or of another hand, fails with its reason. */
export function defineKind<S extends z.ZodType>({
  request,
  run,
  ...kind
}: Omit<JobKind, "run"> & {
  readonly request: S;
  readonly run: (request: z.output<S>, context: RunContext) => Promise<void>;
}): JobKind {
  return {
    ...kind,
    async run(job, context) {
      const asked = request.safeParse(job.request);
      if (!asked.success)
        throw new AppError(
          "invalid_request",
          `This version cannot read what was asked: ${z.prettifyError(asked.error)}. Start it again.`,
        );
      await run(asked.data, context);
    },
  };
}
