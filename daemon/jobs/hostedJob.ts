import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "../../shared/protocol/jobs.ts";
import type { Log } from "../log.ts";
import type { ClaimedJob, JobEnd, NewJob } from "../store/jobRows.ts";
import type { Jobs } from "../store/jobs.ts";
import type { ResultFolders } from "../store/resultFolders.ts";
import { finishRun, isStoreAway } from "./finishRun.ts";
import { workerName } from "./worker.ts";

export interface HostedJobOptions {
  readonly id: string;
  readonly asked: NewJob;
  readonly startedAt: Date;
  /** Somebody cancelled the job, or removes it. */
  readonly onStop: () => void;
  readonly jobs: Jobs;
  readonly folders: ResultFolders;
  readonly beatMs: number;
  readonly log: Log;
  readonly onChanged: (job: Job) => void;
}

/** While the database is away, the end of the process waits so long for it. */
const lastWordsMs = 5000;

/**
 * A job that this process does outside of the queue, as its run 0: a live session that records. It is `running` from its
 * first byte on, and whatever becomes of the process, the machinery of jobs knows what to do with it.
 */
export class HostedJob {
  readonly #options: HostedJobOptions;
  readonly #beat: NodeJS.Timeout;
  #job: ClaimedJob | undefined;
  #closedAt: number | undefined;

  constructor(options: HostedJobOptions) {
    this.#options = options;
    this.#beat = setInterval(() => void this.#live(), options.beatMs);
  }

  /** Writes the row; while the database is away that is tried again with each heartbeat. */
  async begin(): Promise<void> {
    await this.#live();
  }

  stop(): void {
    this.#options.onStop();
  }

  /** The process ends: what is not in the database soon is left to the next start. */
  close(): void {
    this.#closedAt ??= Date.now();
  }

  /**
   * Ends it, with its results in the folder of run 0. Undefined when it is another run's by now, or could not be told before
   * the process ended.
   * @param settle what else is to be true when the row says so
   */
  async end(end: JobEnd, settle: () => Promise<void>): Promise<Job | undefined> {
    const { id, asked, jobs, folders, beatMs, log, onChanged } = this.#options;
    clearInterval(this.#beat);
    const givesUp = () => this.#closedAt !== undefined && Date.now() - this.#closedAt > lastWordsMs;
    for (;;) {
      await this.#live();
      if (this.#job !== undefined || givesUp()) break;
      await sleep(beatMs);
    }
    const files = {
      publish: async () => {
        await folders.publish(id, 0);
        await settle();
      },
      withdraw: async () => {
        await Promise.all([folders.discard(id, 0), folders.withdraw(id)]);
        await settle();
      },
    };
    const onMissed = (error: unknown) => log.debug("store_away", { error });
    const ended = await finishRun(jobs, { id, run: 0 }, end, files, { beatMs, onMissed, givesUp, log });
    if (ended === undefined) log.warn("job_lost", { job: id, kind: asked.kind, run: 0 });
    else onChanged(ended);
    return ended;
  }

  async #live(): Promise<void> {
    const { id, asked, startedAt, jobs, onChanged, log } = this.#options;
    try {
      if (this.#job === undefined) {
        this.#job = await jobs.addRunning(id, asked, workerName, startedAt);
        onChanged(this.#job);
      } else if ((await jobs.beat(this.#job)) === "stop") this.stop();
    } catch (error) {
      log[isStoreAway(error) ? "debug" : "error"]("job_not_told", { job: id, error });
    }
  }
}
