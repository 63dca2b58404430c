import { AppError } from "../../shared/errors.ts";
import type { AnalysisRecord, AnalysisState, Deletion } from "../../shared/protocol/analyses.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { Analyses, type NewAnalysis } from "../store/analyses.ts";
import {
  analysisFolder,
  listLeftovers,
  publishRun,
  recordingFolder,
  recordingOf,
  removeAnalysis,
  removeFolder,
  removeTemporary,
  runFolder,
} from "../store/files.ts";
import { Roots } from "../store/roots.ts";
import type { Store } from "../store/store.ts";
import { isBeingRecorded } from "../store/keptSessions.ts";
import { sharedPollMs, silentSeconds, watchOthers, type AnalysisEvent } from "./others.ts";
import { AnalysisWorker, interruptedFailure, type Runner } from "./worker.ts";

type Adopted = Parameters<Analyses["addEnded"]>[2];

/**
 * The life of analyses: the one place through which routes, sockets and commands start, follow, stop and remove them.
 *
 * A process that dies leaves its analyses `running` in the database. They are reported as `interrupted`, with a retry, and
 * not run again by themselves: a clip that brings the process down would do so for ever.
 */
export class AnalysisService implements AsyncDisposable {
  readonly roots: Roots;
  readonly #analyses: Analyses;
  readonly #config: Config;
  readonly #worker: AnalysisWorker;
  readonly #listeners = new Set<(event: AnalysisEvent) => void>();
  readonly #stopWatching: () => void;

  private constructor(store: Store, config: Config, run: Runner, log: Log) {
    this.roots = new Roots(store.db);
    this.#analyses = new Analyses(store);
    this.#config = config;
    this.#worker = new AnalysisWorker({
      analyses: this.#analyses,
      roots: this.roots,
      dataDir: config.dataDir,
      run,
      concurrency: config.concurrency,
      pollMs: store.embedded ? undefined : sharedPollMs,
      log,
      onChanged: (analysis) => this.#tell({ kind: "changed", analysis }),
      onProgress: (id, progress) => this.#tell({ kind: "progress", id, progress }),
    });
    this.#stopWatching = store.embedded
      ? () => undefined
      : watchOthers({
          analyses: this.#analyses,
          dataDir: config.dataDir,
          isOurs: (id) => this.#worker.runs(id),
          tell: (event) => this.#tell(event),
          log,
        });
  }

  /** Cleans up after a crash, then starts to work. */
  static async open(store: Store, config: Config, run: Runner, log: Log): Promise<AnalysisService> {
    const analyses = new Analyses(store);
    await removeTemporary(config.dataDir);
    const { runs, deleted } = await listLeftovers(config.dataDir);
    for (const id of deleted) await removeAnalysis(config.dataDir, id, () => analyses.remove(id));
    if (store.embedded) {
      for (const id of runs) await removeFolder(runFolder(config.dataDir, id));
      for (const id of await analyses.listSilent(0)) {
        // Published, perhaps, but not acknowledged.
        await removeFolder(analysisFolder(config.dataDir, id));
        await analyses.interrupt(id, 0, interruptedFailure);
        log.warn("analysis_interrupted", { id });
      }
    }
    const service = new AnalysisService(store, config, run, log);
    for (const root of config.roots) await service.roots.grant(root);
    return service;
  }

  /** Hears of every change until the returned function is called. */
  subscribe(listener: (event: AnalysisEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Queues an analysis. When this returns, the analysis outlasts a crash.
   * @throws AppError `invalid_path`, `media_not_found`, `too_many_requests`
   */
  async start(asked: NewAnalysis): Promise<AnalysisRecord> {
    const mediaPath = await this.roots.resolve(asked.mediaPath);
    if ((await this.#analyses.count()).queued >= this.#config.limits.queuedAnalyses) {
      throw new AppError("too_many_requests", "The queue is full. Wait until some analyses are done.");
    }
    return this.#queued(await this.#analyses.add({ ...asked, mediaPath }));
  }

  /**
   * Takes in what a live session left: complete results in the run's folder (`done`), or a recording alone
   * (`interrupted`), which a retry analyses.
   */
  async adopt(id: string, asked: NewAnalysis, end: Adopted): Promise<AnalysisRecord> {
    if (end.state === "done") await publishRun(this.#config.dataDir, id);
    const analysis = await this.#analyses.addEnded(id, asked, end);
    this.#tell({ kind: "changed", analysis });
    return analysis;
  }

  /** @throws AppError `conflict` unless it ended without a result. */
  async retry(id: string): Promise<AnalysisRecord> {
    const analysis = await this.#analyses.retry(id);
    if (analysis !== undefined) return this.#queued(analysis);
    const { state } = await this.get(id);
    throw new AppError(
      "conflict",
      `This analysis is ${state}. Only one without a result can be retried; start a new one.`,
    );
  }

  async get(id: string): Promise<AnalysisRecord> {
    const analysis = await this.#analyses.get(id);
    if (analysis === undefined)
      throw new AppError("not_found", "There is no such analysis. Reload the list.");
    return analysis;
  }

  list(filter: { state?: AnalysisState; before?: string; limit: number }): Promise<AnalysisRecord[]> {
    return this.#analyses.list(filter);
  }

  count(): Promise<{ queued: number; running: number }> {
    return this.#analyses.count();
  }

  /** Returns at once; a running one is cancelled when it has come to a stop. */
  async cancel(id: string): Promise<AnalysisRecord> {
    await this.get(id);
    const analysis = await this.#analyses.cancel(id);
    this.#worker.cancel(id);
    if (analysis?.state === "cancelled") this.#tell({ kind: "changed", analysis });
    return analysis ?? this.get(id);
  }

  /** What {@link delete} takes along and what stays. */
  async previewDeletion(id: string): Promise<Deletion> {
    const analysis = await this.get(id);
    const recording = await this.#recordingOf(analysis);
    const study = await this.#analyses.studyOf(id, recording?.last === true ? recording.id : undefined);
    return {
      clip: recording === undefined ? "stays" : recording.last ? "recording_goes" : "recording_stays",
      ...(study && { study }),
    };
  }

  /**
   * Stops an analysis, then removes it and its files.
   * @param options withRecording: a recording that no other analysis reads goes too.
   */
  async delete(id: string, { withRecording = false } = {}): Promise<void> {
    const endAt = Date.now() + 2 * silentSeconds * 1000;
    while ((await this.cancel(id)).state === "running") {
      if (Date.now() > endAt) {
        throw new AppError("timeout", "The analysis does not stop. Try again in a minute.");
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { dataDir } = this.#config;
    const recording = withRecording ? await this.#recordingOf(await this.get(id)) : undefined;
    // Before the rows that lead to it: after a crash in between, removing the analysis again ends it.
    if (recording?.last === true) {
      await removeFolder(recordingFolder(dataDir, recording.id));
      await this.#analyses.unlinkRecording(recording.id);
    }
    await removeAnalysis(dataDir, id, () => this.#analyses.remove(id));
    this.#tell({ kind: "deleted", id });
  }

  /** The analyses of a recording. */
  async readersOf(recording: string): Promise<AnalysisRecord[]> {
    const readers: AnalysisRecord[] = [];
    for (const analysis of await this.#analyses.listByPath(recording))
      if ((await recordingOf(this.#config.dataDir, analysis.mediaPath)) === recording) readers.push(analysis);
    return readers;
  }

  /** The folder with the results of an analysis. @throws AppError `conflict` unless it is done. */
  async results(id: string): Promise<string> {
    const { state } = await this.get(id);
    if (state !== "done") {
      throw new AppError("conflict", `This analysis is ${state}. Results are there when it is done.`);
    }
    return analysisFolder(this.#config.dataDir, id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopWatching();
    await this.#worker[Symbol.asyncDispose]();
  }

  /** The recording that an analysis reads; `last`: its session has ended, and no other analysis reads it. */
  async #recordingOf({ id, mediaPath }: AnalysisRecord): Promise<{ id: string; last: boolean } | undefined> {
    const recording = await recordingOf(this.#config.dataDir, mediaPath);
    if (recording === undefined) return undefined;
    const others = (await this.readersOf(recording)).filter((reader) => reader.id !== id);
    const last = others.length === 0 && !(await isBeingRecorded(this.#config.dataDir, recording));
    return { id: recording, last };
  }

  #queued(analysis: AnalysisRecord): AnalysisRecord {
    this.#tell({ kind: "changed", analysis });
    this.#worker.wake();
    return analysis;
  }

  #tell(event: AnalysisEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
