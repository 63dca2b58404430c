import { AppError } from "../../shared/errors.ts";
import type { Job, JobState, Queue } from "../../shared/protocol/jobs.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { removeTemporary } from "../store/files.ts";
import { noRetry, type JobEnd, type NewJob, type RetryPolicy } from "../store/jobRows.ts";
import { Jobs } from "../store/jobs.ts";
import { ResultFolders } from "../store/resultFolders.ts";
import type { Store } from "../store/store.ts";
import { HostedJob } from "./hostedJob.ts";
import type { JobKind } from "./kind.ts";
import { Places } from "./places.ts";
import { Sparing } from "./sparing.ts";
import { watchOthers, type JobNews } from "./watch.ts";
import { interruptedFailure, JobWorker, workerName } from "./worker.ts";
import { Listeners } from "../../shared/listeners.ts";

/** How long a count of the queue is good for. */
const countedMs = 5000;

/**
 * The life of jobs of every kind: the one place through which they are queued, followed, stopped and removed.
 *
 * A process that dies leaves its jobs `running` in the database. They are reported as `interrupted`, with a retry, and not
 * run again by themselves: a clip that brings the process down would do so for ever. Where the results are in place
 * already, the job is `done`.
 */
export class JobService implements AsyncDisposable {
  readonly #store: Store;
  readonly #jobs: Jobs;
  readonly #kinds: readonly JobKind[];
  readonly #config: Config;
  readonly #log: Log;
  readonly #places: Places;
  readonly #listeners = new Listeners<JobNews>();
  readonly #hosted = new Map<string, HostedJob>();
  /** Counting a hundred thousand jobs takes its time; many pages and a monitor may ask. */
  readonly #counts = new Sparing(() => this.#jobs.overview());
  #worker: JobWorker | undefined;
  readonly #counted = new Map<string, { at: number; queued: number }>();
  #stopWatching = (): void => undefined;

  private constructor(store: Store, config: Config, kinds: readonly JobKind[], log: Log, places: Places) {
    this.#places = places;
    this.#store = store;
    this.#jobs = new Jobs(store.db);
    this.#kinds = kinds;
    this.#config = config;
    this.#log = log;
    this.#listeners.add(({ kind }) => {
      if (kind !== "progress") this.#counts.changed();
    });
  }

  /**
   * @param options recover: cleans up after a crash. For the process that holds the lock of the data folder. places: where its
   * runs leave results; in the data folder, where that is not said.
   */
  static async open(
    store: Store,
    config: Config,
    kinds: readonly JobKind[],
    log: Log,
    { recover = true, places = new Places(config.dataDir) }: { recover?: boolean; places?: Places } = {},
  ): Promise<JobService> {
    const service = new JobService(store, config, kinds, log, places);
    if (recover) await service.#recover();
    return service;
  }

  /** Begins to take jobs from the queue. */
  start(): void {
    const { beatMs, pollMs, silentMs, fullMs } = this.#config.jobs;
    const { embedded } = this.#store;
    const worker = new JobWorker({
      ...{ jobs: this.#jobs, kinds: this.#kinds, places: this.#places, beatMs, fullMs, log: this.#log },
      pollMs: embedded ? undefined : pollMs,
      policyOf: this.#policyOf,
      onChanged: (job) => this.#listeners.tell({ kind: "changed", job }),
      onProgress: (job, progress) => this.#listeners.tell({ kind: "progress", job, progress }),
    });
    this.#worker = worker;
    if (embedded) return;
    this.#stopWatching = watchOthers({
      ...{
        jobs: this.#jobs,
        silentMs,
        beatMs,
        pollMs,
        log: this.#log,
        inPlace: this.#inPlace,
        policyOf: this.#policyOf,
      },
      ours: () => [...worker.running, ...this.#hosted.keys()],
      tell: (news) => this.#listeners.tell(news),
    });
  }

  /** While live sessions run, as many jobs less are begun. */
  holdBack(places: number): void {
    this.#worker?.holdBack(places);
  }

  /** Hears of every change until the returned function is called. */
  subscribe(listener: (news: JobNews) => void): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Queues a job. When this returns, the job outlasts a crash.
   * @throws AppError `too_many_requests`
   */
  async add(asked: NewJob): Promise<Job> {
    if ((await this.#queuedAbout(asked.kind)) >= this.#config.limits.queuedJobs)
      throw new AppError("too_many_requests", "The queue is full. Wait until some of it is done.");
    return this.#queued(await this.#jobs.add(asked));
  }

  /**
   * Lists a job as `running` that goes on in this process, outside of the queue; its results are to lie in the folder of run 0.
   * @param onStop it is cancelled, or to be removed: it has to end then
   * @see ResultFolders.runOf
   */
  host(id: string, asked: NewJob, startedAt: Date, onStop: () => void): HostedJob {
    const job = new HostedJob({
      ...{ id, asked, startedAt, onStop, jobs: this.#jobs, log: this.#log },
      ...{ folders: this.folders(asked.kind), beatMs: this.#config.jobs.beatMs },
      onChanged: (changed) => {
        if (changed.state !== "running") this.#hosted.delete(id);
        this.#listeners.tell({ kind: "changed", job: changed });
      },
    });
    this.#hosted.set(id, job);
    return job;
  }

  /** Ends a job that a process hosted which is gone; whatever its row says, if there is one. */
  async adopt(id: string, asked: NewJob, end: JobEnd & { startedAt: Date }): Promise<Job> {
    const folders = this.folders(asked.kind);
    await this.#jobs.addRunning(id, asked, workerName, end.startedAt);
    await this.#jobs.finish({ id, run: 0 }, end, {
      publish: () => folders.publish(id, 0),
      withdraw: () => folders.discard(id, 0),
    });
    const job = await this.get(id);
    this.#listeners.tell({ kind: "changed", job });
    return job;
  }

  /** @throws AppError `not_found`; with `kind` also where it is a job of another one. */
  async get(id: string, kind?: string): Promise<Job> {
    const job = await this.#jobs.get(id, kind);
    if (job === undefined)
      throw new AppError("not_found", `There is no such ${kind ?? "job"}. Reload the list.`);
    return job;
  }

  list(filter: { kind?: string; state?: JobState; before?: string; limit: number }): Promise<Job[]> {
    return this.#jobs.list(filter);
  }

  /** Those that wait, of each kind in the order in which they are taken if none ends meanwhile; kinds take turns. */
  async next({ kind, skip, limit }: { kind?: string; skip: number; limit: number }): Promise<Job[]> {
    if (kind !== undefined) return this.#jobs.next(kind, { skip, limit });
    const of = (name: string) => this.#jobs.next(name, { skip: 0, limit: skip + limit });
    const lines = await Promise.all(this.#kinds.map(({ name }) => of(name)));
    const places = lines.flatMap((line) => line.map((job, place) => ({ job, place })));
    const inOrder = places.sort((a, b) => a.place - b.place).map(({ job }) => job);
    return inOrder.slice(skip, skip + limit);
  }

  count(kind?: string): Promise<{ queued: number; running: number }> {
    return this.#jobs.count(kind);
  }

  /** @throws AppError `conflict` unless it waits. */
  async setPriority(id: string, priority: number): Promise<Job> {
    const job = await this.#jobs.setPriority(id, priority);
    if (job === undefined) {
      const { kind, state } = await this.get(id);
      throw new AppError("conflict", `This ${kind} is ${state}. Only one that waits can be moved.`);
    }
    this.#listeners.tell({ kind: "changed", job });
    return job;
  }

  /** No job of a kind is begun, or they are again; on every machine. @throws AppError `not_found` */
  async pause(kind: string, paused: boolean): Promise<void> {
    if (!this.#kinds.some(({ name }) => name === kind))
      throw new AppError(
        "not_found",
        `There are no jobs of the kind ${kind}. \`edin queue\` lists the kinds.`,
      );
    await this.#jobs.pause(kind, paused);
    this.#counts.changed();
    this.#log.info(paused ? "queue_paused" : "queue_resumed", { kind });
    this.#worker?.wake();
  }

  /** The queue as a whole: every kind that this process knows, and those that there are jobs of. */
  async overview(): Promise<Queue> {
    const { paused, ...counts } = await this.#counts.get();
    const names = [
      ...new Set(
        [...this.#kinds, ...counts.kinds.map(({ kind }) => ({ name: kind }))].map(({ name }) => name),
      ),
    ];
    return {
      ...counts,
      kinds: names.map((kind) => {
        const counted = counts.kinds.find((one) => one.kind === kind) ?? { kind, states: {} };
        return { ...counted, paused: paused.includes(kind) };
      }),
    };
  }

  /** Begins no more jobs; fulfilled when those that run here have ended. */
  async drain(): Promise<void> {
    await this.#worker?.drain();
  }

  /** Returns at once; one that runs is cancelled when it has come to a stop. */
  async cancel(id: string): Promise<Job> {
    const job = await this.#jobs.cancel(id);
    this.#worker?.cancel(id);
    this.#hosted.get(id)?.stop();
    if (job?.state === "cancelled") this.#listeners.tell({ kind: "changed", job });
    return job ?? this.get(id);
  }

  /** @throws AppError `conflict` unless it ended without a result. */
  async retry(id: string): Promise<Job> {
    const job = await this.#jobs.retry(id);
    if (job !== undefined) return this.#queued(job);
    const { kind, state } = await this.get(id);
    throw new AppError(
      "conflict",
      `This ${kind} is ${state}. Only one without a result can be retried; start a new one.`,
    );
  }

  /** Stops a job, then removes it and its results. @throws AppError `timeout` */
  async delete(id: string): Promise<void> {
    const { kind } = await this.stop(id);
    await this.folders(kind).remove(id, () => this.#jobs.remove(id));
    this.#listeners.tell({ kind: "deleted", id });
  }

  /** Cancels a job and waits until nothing of it runs. @throws AppError `timeout` */
  async stop(id: string): Promise<Job> {
    const endAt = Date.now() + 2 * this.#config.jobs.silentMs;
    for (;;) {
      const job = await this.cancel(id);
      if (job.state !== "running") return job;
      if (Date.now() > endAt)
        throw new AppError("timeout", `This ${job.kind} does not stop. Try again in a minute.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The folder with the results of a job. @throws AppError `conflict` unless it is done. */
  async results(id: string, kind: string): Promise<string> {
    const { state } = await this.get(id, kind);
    if (state !== "done")
      throw new AppError("conflict", `This ${kind} is ${state}. Results are there when it is done.`);
    return this.folders(kind).of(id);
  }

  /** Where the jobs of a kind leave their results. */
  folders(kind: string): ResultFolders {
    const { folder } = this.#kinds.find(({ name }) => name === kind)!;
    return new ResultFolders(this.#config.dataDir, folder);
  }

  /** The folders of the kind whose results lie in `folder`; undefined where there is none. */
  foldersNamed(folder: string): ResultFolders | undefined {
    const kind = this.#kinds.find((one) => one.folder === folder);
    return kind && this.folders(kind.name);
  }

  /** Whether a run may still end its job. */
  isRunOf(id: string, run: number): Promise<boolean> {
    return this.#jobs.isRunOf(id, run);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopWatching();
    await this.#worker?.[Symbol.asyncDispose]();
  }

  readonly #policyOf = (kind: string): RetryPolicy => {
    const { maxTries, retryMs } = this.#config.jobs;
    const again = this.#kinds.some(({ name, triedAgain }) => name === kind && triedAgain === true);
    return again ? { maxTries, afterSeconds: retryMs / 1000 } : noRetry;
  };

  /** How many jobs of a kind wait; counted every few seconds, for counting a long queue takes its time. */
  async #queuedAbout(kind: string): Promise<number> {
    let known = this.#counted.get(kind);
    if (known === undefined || Date.now() - known.at > countedMs) {
      known = { at: Date.now(), queued: (await this.#jobs.count(kind)).queued };
      this.#counted.set(kind, known);
    }
    return known.queued++;
  }

  readonly #inPlace = async ({ id, kind }: Job): Promise<boolean> => {
    const { folder } = this.#kinds.find(({ name }) => name === kind)!;
    return (await this.#places.of(folder)).isPublished(id);
  };

  async #recover(): Promise<void> {
    const { embedded } = this.#store;
    await removeTemporary(this.#config.dataDir);
    if (embedded) {
      for (const { id, kind, state } of await this.#jobs.endSilent(0, interruptedFailure, [], this.#inPlace))
        this.#log.warn("job_of_dead_process", { job: id, kind, state });
    }
    for (const { name } of this.#kinds) {
      const folders = this.folders(name);
      const { runs, deleted } = await folders.leftovers();
      for (const id of deleted) await folders.remove(id, () => this.#jobs.remove(id));
      // Run 0 is of a live session of a daemon that is gone; others may go on in other processes.
      for (const { id, run } of runs)
        if (embedded || run === 0 || !(await this.#jobs.goesOn(id, run))) await folders.discard(id, run);
    }
  }

  #queued(job: Job): Job {
    this.#listeners.tell({ kind: "changed", job });
    this.#worker?.wake();
    return job;
  }
}
