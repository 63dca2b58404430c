import os from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { isAppError, toAppError, type AppError } from "../../shared/errors.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { Job, JobProgress } from "../../shared/protocol/jobs.ts";
import type { Log } from "../log.ts";
import { noRetry, type ClaimedJob, type JobEnd, type RetryPolicy } from "../store/jobRows.ts";
import type { Jobs } from "../store/jobs.ts";
import { finishRun, isStoreAway } from "./finishRun.ts";
import type { JobKind } from "./kind.ts";
import type { Places } from "./places.ts";
import type { ResultPlace } from "./resultPlace.ts";

export interface WorkerOptions {
  readonly jobs: Jobs;
  readonly kinds: readonly JobKind[];
  readonly places: Places;
  readonly beatMs: number;
  /** How often to look for jobs of other processes; undefined where there are none. */
  readonly pollMs?: number | undefined;
  /** A worker whose disk is full begins nothing for so long, then twice as long: others have room. */
  readonly fullMs: number;
  readonly policyOf: (kind: string) => RetryPolicy;
  readonly log: Log;
  readonly onChanged: (job: Job) => void;
  readonly onProgress: (job: Job, progress: JobProgress) => void;
}

/** This machine and process, for people. */
export const workerName = `${os.hostname()}:${process.pid}`;

/** Of the log of a job the end is kept with it: characters. */
const wordsKept = 8000;
/** How often progress is told. */
const progressMs = 200;
/** How long a process that is asked to end tries to say how its jobs ended, while the database is away. */
const lastWordsMs = 5000;
/** A heartbeat without an answer is waited for during so many others. */
const patienceBeats = 10;

export const interruptedFailure: Failure = {
  code: "interrupted",
  message: "The process that ran this ended in the middle. Start it again with Retry.",
};

/** Takes jobs from the queue and runs them, as many of each kind at a time as it allows, until it is disposed. */
export class JobWorker implements AsyncDisposable {
  readonly #options: WorkerOptions;
  readonly #running = new Map<string, AbortController>();
  readonly #loops: Promise<void>[] = [];
  readonly #poll: NodeJS.Timeout | undefined;
  #wakers: (() => void)[] = [];
  #stoppedAt: number | undefined;
  #storeAway = false;
  #heldBack = 0;
  #draining = false;
  #fullUntil = 0;
  #fullTimes = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    for (const kind of options.kinds)
      for (let n = 0; n < kind.atOnce; n += 1) this.#loops.push(this.#loop(kind, n));
    if (options.pollMs !== undefined) this.#poll = setInterval(() => this.wake(), options.pollMs);
  }

  /** Looks at the queue now. */
  wake(): void {
    for (const waker of this.#wakers.splice(0)) waker();
  }

  /** Leaves so many places of each kind empty, one of each stays: for work that does not come from the queue. */
  holdBack(places: number): void {
    this.#heldBack = places;
    this.wake();
  }

  /** The jobs that run here. */
  get running(): string[] {
    return [...this.#running.keys()];
  }

  /** Stops the run of a job, if it is here. */
  cancel(id: string): void {
    this.#running.get(id)?.abort();
  }

  /** Begins no more; fulfilled when what runs has ended. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.wake();
    await Promise.all(this.#loops);
  }

  /** Ends; what runs is reported as interrupted. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stoppedAt ??= Date.now();
    clearInterval(this.#poll);
    this.wake();
    for (const controller of this.#running.values()) controller.abort();
    await Promise.all(this.#loops);
  }

  async #loop(kind: JobKind, place: number): Promise<void> {
    const { jobs, places, beatMs, log } = this.#options;
    while (this.#stoppedAt === undefined && !this.#draining) {
      // Made before the queue is looked at, so that a wake in between is not missed.
      const woken = new Promise<void>((resolve) => this.#wakers.push(resolve));
      try {
        if (place >= Math.max(1, kind.atOnce - this.#heldBack)) {
          await woken;
          continue;
        }
        if (Date.now() < this.#fullUntil) {
          await Promise.race([woken, sleep(this.#fullUntil - Date.now(), undefined, { ref: false })]);
          continue;
        }
        // Before a job is taken: who cannot ask cannot keep results either.
        const folders = await places.of(kind.folder);
        const job = await jobs.claim(workerName, kind.name);
        this.#heardOfStore();
        if (job === undefined) await woken;
        else await this.#run(kind, job, folders);
      } catch (error) {
        if (isStoreAway(error)) this.#missedStore(error);
        else log.error("worker_failed", { kind: kind.name, error });
        await Promise.race([woken, sleep(beatMs, undefined, { ref: false })]);
      }
    }
  }

  async #run(kind: JobKind, job: ClaimedJob, folders: ResultPlace): Promise<void> {
    const { jobs, beatMs, log, onChanged, onProgress, policyOf } = this.#options;
    const { id, run } = job;
    const controller = new AbortController();
    const { signal } = controller;
    if (this.#stoppedAt !== undefined) controller.abort();
    this.#running.set(id, controller);
    const words = new LastWords();
    const jobLog = log.with({ job: id, kind: kind.name, run, worker: workerName }, (line) => words.add(line));
    const beganAt = Date.now();
    jobLog.info("job_begun");
    onChanged(job);
    let progress: JobProgress | undefined;
    let toldAt = 0;
    let beatingSince: number | undefined;
    const beat = setInterval(() => {
      // One that got no answer on a connection that broke is not waited for.
      if (beatingSince !== undefined && Date.now() - beatingSince < patienceBeats * beatMs) return;
      const began = Date.now();
      beatingSince = began;
      jobs
        .beat(job, progress, words.news())
        .then(
          (answer) => answer === "stop" && controller.abort(),
          (error: unknown) => this.#missedStore(error),
        )
        .finally(() => {
          if (beatingSince === began) beatingSince = undefined;
        });
    }, beatMs);
    try {
      let error = await this.#attempt(async () => {
        const outDir = await folders.begin(id, run);
        await kind.run(job, {
          ...{ id, outDir, signal, keptDir: folders.keptOf(id), log: jobLog },
          onProgress: (now) => {
            progress = now;
            if (Date.now() - toldAt < progressMs) return;
            toldAt = Date.now();
            onProgress(job, now);
          },
        });
        signal.throwIfAborted();
      }, signal);
      const refused = error ? undefined : await this.#attempt(() => folders.deliver(id, run, signal), signal);
      error ??= refused;
      const failure = error && { code: error.code, message: error.message };
      // Results are refused in conflict that are of a run which has lost its job: that is said once, below.
      if (error !== undefined && !signal.aborted && refused?.code !== "conflict")
        jobLog[error.code === "internal" ? "error" : "warn"]("job_failed", { error });
      if (error?.code === "disk_full" && !signal.aborted && (await this.#giveBack(job, jobLog))) return;
      if (error === undefined) this.#fullTimes = 0;
      const ended = await this.#finish(
        job,
        { ...this.#verdict(failure, signal), ...(progress && { progress }), log: words.text },
        folders,
        policyOf(kind.name),
        jobLog,
      );
      if (ended?.state === "done") await folders.discardKept(id);
      if (ended?.state === "queued") {
        const { afterSeconds } = policyOf(kind.name);
        jobLog.warn("job_tried_again", { deaths: job.deaths + 1 });
        // Nobody else may be there to look at the queue when its time has come.
        setTimeout(() => this.wake(), 1000 * afterSeconds * 4 ** job.deaths + 100).unref();
      }
      if (ended !== undefined) onChanged(ended);
      // Whatever went wrong there is of no account: another run has the job, and took its files away.
      else jobLog.warn("job_lost");
      if (ended !== undefined && ended.state !== "queued")
        jobLog.info("job_ended", { state: ended.state, seconds: (Date.now() - beganAt) / 1000 });
    } finally {
      clearInterval(beat);
      this.#running.delete(id);
      await folders.discard(id, run);
    }
  }

  /** The disk of this machine is full, which others need not suffer from. False where there are none. */
  async #giveBack(job: ClaimedJob, log: Log): Promise<boolean> {
    const { jobs, pollMs, fullMs, onChanged } = this.#options;
    if (pollMs === undefined) return false;
    const back = await jobs
      .giveBack(job, `given back by ${workerName}, whose disk is full`)
      .catch((error: unknown) => this.#missedStore(error));
    if (back === undefined) return false;
    const waitMs = fullMs * 2 ** Math.min(4, this.#fullTimes);
    this.#fullTimes += 1;
    this.#fullUntil = Date.now() + waitMs;
    log.warn("job_given_back", { seconds: waitMs / 1000 });
    onChanged(back);
    return true;
  }

  /** Why the work failed; undefined when it is done. Work that misses the database waits for it. */
  async #attempt(work: () => Promise<void>, signal: AbortSignal): Promise<AppError | undefined> {
    for (;;) {
      try {
        await work();
        return undefined;
      } catch (error) {
        if (isAppError(error, "store_unavailable") && !signal.aborted) {
          this.#missedStore(error);
          await sleep(this.#options.beatMs, undefined, { signal }).catch(() => undefined);
          continue;
        }
        return toAppError(error);
      }
    }
  }

  async #finish(
    job: ClaimedJob,
    end: JobEnd,
    folders: ResultPlace,
    policy: RetryPolicy,
    log: Log,
  ): Promise<Job | undefined> {
    const { jobs, beatMs } = this.#options;
    const { id, run } = job;
    const files = {
      publish: () => folders.publish(id, run),
      withdraw: () => Promise.all([folders.discard(id, run), folders.withdraw(id)]),
    };
    return finishRun(jobs, job, end, files, {
      ...{ beatMs, log },
      policy: () => (this.#stoppedAt === undefined ? policy : noRetry),
      onMissed: (error) => this.#missedStore(error),
      givesUp: () => this.#stoppedAt !== undefined && Date.now() - this.#stoppedAt > lastWordsMs,
    });
  }

  #verdict(failure: Failure | undefined, signal: AbortSignal): JobEnd {
    if (failure === undefined) return { state: "done" };
    if (!signal.aborted) return { state: failure.code === "interrupted" ? "interrupted" : "failed", failure };
    if (this.#stoppedAt !== undefined) return { state: "interrupted", failure: interruptedFailure };
    return { state: "cancelled" };
  }

  /** Said once, however often it is missed. */
  #missedStore(error: unknown): void {
    if (!this.#storeAway) this.#options.log.warn("store_away", { error });
    this.#storeAway = true;
  }

  #heardOfStore(): void {
    if (this.#storeAway) this.#options.log.info("store_back");
    this.#storeAway = false;
  }
}

/** The end of what is logged of a run. */
class LastWords {
  text = "";
  #told = "";

  add(line: string): void {
    this.text = (this.text + line).slice(-wordsKept);
  }

  /** What is to be kept with the job, if that is new. */
  news(): string | undefined {
    if (this.text === this.#told) return undefined;
    this.#told = this.text;
    return this.text;
  }
}
