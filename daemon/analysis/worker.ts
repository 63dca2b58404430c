import { randomUUID } from "node:crypto";
import { toAppError } from "../../shared/errors.ts";
import type { AnalysisProgress, AnalysisRecord } from "../../shared/protocol/analyses.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { Pipeline } from "../../shared/protocol/results.ts";
import type { Log } from "../log.ts";
import type { Analyses } from "../store/analyses.ts";
import { analysisFolder, makeFolder, publishRun, removeFolder, runFolder } from "../store/files.ts";
import type { Roots } from "../store/roots.ts";

export interface RunRequest {
  readonly id: string;
  readonly mediaPath: string;
  /** Empty, and this run's alone. */
  readonly outDir: string;
  readonly pipeline: Pipeline;
  readonly config: Record<string, unknown>;
}

/** Runs one analysis; its files are complete when the promise is fulfilled. */
export type Runner = (
  request: RunRequest,
  context: { signal: AbortSignal; onProgress: (progress: AnalysisProgress) => void },
) => Promise<unknown>;

export interface WorkerOptions {
  readonly analyses: Analyses;
  readonly roots: Roots;
  readonly dataDir: string;
  readonly run: Runner;
  readonly concurrency: number;
  /** How often to look for jobs of other processes; undefined where there are none. */
  readonly pollMs?: number | undefined;
  readonly log: Log;
  readonly onChanged?: (analysis: AnalysisRecord) => void;
  readonly onProgress?: (id: string, progress: AnalysisProgress) => void;
}

/** How often a running analysis says in the database that it lives, and how often progress is told. */
const beatMs = 1000;
const progressMs = 200;

export const interruptedFailure: Failure = {
  code: "interrupted",
  message: "The process that ran this analysis ended in the middle. Start it again with Retry.",
};

/** Takes analyses from the queue and runs them, `concurrency` at a time, until it is disposed. */
export class AnalysisWorker implements AsyncDisposable {
  readonly id = randomUUID();
  readonly #options: WorkerOptions;
  readonly #running = new Map<string, AbortController>();
  readonly #loops: Promise<void>[] = [];
  readonly #poll: NodeJS.Timeout | undefined;
  #wakers: (() => void)[] = [];
  #stopping = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
    for (let n = 0; n < options.concurrency; n += 1) this.#loops.push(this.#loop());
    if (options.pollMs !== undefined) this.#poll = setInterval(() => this.wake(), options.pollMs);
  }

  /** Looks at the queue now. */
  wake(): void {
    for (const waker of this.#wakers.splice(0)) waker();
  }

  runs(id: string): boolean {
    return this.#running.has(id);
  }

  /** Stops the run of an analysis, if it is here. */
  cancel(id: string): void {
    this.#running.get(id)?.abort();
  }

  /** Ends; what runs is reported as interrupted. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#poll);
    this.wake();
    for (const controller of this.#running.values()) controller.abort();
    await Promise.all(this.#loops);
  }

  async #loop(): Promise<void> {
    while (!this.#stopping) {
      // Made before the queue is looked at, so that a wake in between is not missed.
      const woken = new Promise<void>((resolve) => this.#wakers.push(resolve));
      try {
        const analysis = await this.#options.analyses.claim(this.id);
        if (analysis === undefined) await woken;
        else await this.#run(analysis);
      } catch (error) {
        this.#options.log.error("worker_failed", { error });
        await Promise.race([woken, new Promise((resolve) => setTimeout(resolve, beatMs).unref())]);
      }
    }
  }

  async #run(analysis: AnalysisRecord): Promise<void> {
    const { analyses, roots, dataDir, run, log, onChanged, onProgress } = this.#options;
    const { id, pipeline, config } = analysis;
    const controller = new AbortController();
    this.#running.set(id, controller);
    onChanged?.(analysis);
    let progress: AnalysisProgress | undefined;
    let toldAt = 0;
    const beat = setInterval(() => {
      analyses.beat(id, this.id, progress).then(
        (answer) => answer === "stop" && controller.abort(),
        (error: unknown) => log.warn("beat_failed", { id, error }),
      );
    }, beatMs);
    const outDir = runFolder(dataDir, id);
    let failure: Failure | undefined;
    try {
      if (this.#stopping) controller.abort();
      await removeFolder(outDir);
      await makeFolder(outDir);
      const mediaPath = await roots.resolve(analysis.mediaPath);
      await run(
        { id, mediaPath, outDir, pipeline, config },
        {
          signal: controller.signal,
          onProgress: (now) => {
            progress = now;
            if (Date.now() - toldAt < progressMs) return;
            toldAt = Date.now();
            onProgress?.(id, now);
          },
        },
      );
      controller.signal.throwIfAborted();
      await publishRun(dataDir, id);
    } catch (error) {
      const { code, message } = toAppError(error);
      failure = { code, message };
      log[code === "internal" ? "error" : "info"]("analysis_failed", { id, error });
      await removeFolder(outDir);
    } finally {
      clearInterval(beat);
      this.#running.delete(id);
    }
    const ended = await analyses.finish(id, this.id, {
      ...this.#verdict(failure, controller.signal),
      ...(progress && { progress }),
    });
    if (ended !== undefined) onChanged?.(ended);
    else if ((await analyses.get(id)) === undefined) await removeFolder(analysisFolder(dataDir, id));
  }

  #verdict(failure: Failure | undefined, signal: AbortSignal) {
    if (failure === undefined) return { state: "done" as const };
    if (!signal.aborted) return { state: "failed" as const, failure };
    if (this.#stopping) return { state: "interrupted" as const, failure: interruptedFailure };
    return { state: "cancelled" as const };
  }
}
