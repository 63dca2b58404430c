import { fork, type ChildProcess } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../shared/errors.ts";
import type { AnalysisProgress } from "../../shared/protocol/analyses.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { DeviceChoice } from "../../shared/protocol/results.ts";
import { followWords } from "../childLog.ts";
import { childEnvironment } from "../config.ts";
import type { Log } from "../log.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import type { Runner, RunRequest } from "./kind.ts";

/** What the process needs to know of the one that asks it. */
export interface AnalysisSetup {
  readonly modelsDir: string;
  readonly userModelsDir: string;
  readonly device: DeviceChoice;
  readonly ffmpeg: Ffmpeg;
  /** Memory that it may hold at most; a run that needs more fails. */
  readonly maxBytes: number;
}

export type ToAnalysis =
  | { readonly type: "run"; readonly request: RunRequest; readonly setup: AnalysisSetup }
  | { readonly type: "stop" };

export type FromAnalysis =
  | { readonly type: "progress"; readonly progress: AnalysisProgress }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly failure: Failure };

/** Beside this file as source, beside the command when it is bundled. */
const entry = path.join(
  import.meta.dirname,
  import.meta.filename.endsWith(".ts") ? "analysisProcessMain.ts" : "edin-analysis.js",
);
/** A process that does not stop by itself within this time after it was told to is killed. */
const patienceMs = 10_000;
/** The last words of a process that is gone are waited for so long. */
const wordsMs = 1000;
/** Analyses leave the machine to whoever looks at it: the daemon, a live session, the editor. */
const niceness = 5;

/**
 * A process that runs one analysis at a time, so that several use several cores, routes stay quick, and a clip that brings the
 * runtime or a decoder down ends one analysis. Its networks stay loaded for the next one.
 */
export class AnalysisProcess {
  /** Fulfilled, never rejected, when the process is gone. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #log: Log;
  #listener: (message: FromAnalysis) => void = () => undefined;

  /** @param log of its lines while it runs nothing */
  constructor(log: Log) {
    this.#log = log;
    this.#child = fork(entry, [], {
      // An editor's own Node needs to be told that it is one.
      env: childEnvironment(["ELECTRON_RUN_AS_NODE", "VK_ICD_FILENAMES", "CUDA_VISIBLE_DEVICES"]),
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const words = followWords(this.#child.stderr!, () => this.#log);
    this.#child.on("message", (message: FromAnalysis) => this.#listener(message));
    this.ended = new Promise((resolve) => {
      // With the last of its words, unless somebody else holds the pipe.
      this.#child.once("exit", () => void Promise.race([words, sleep(wordsMs)]).then(() => resolve()));
      // What could not be started has no exit.
      this.#child.on("error", () => this.#child.pid ?? resolve());
    });
    this.#child.once("spawn", () => beNice(this.#child.pid!));
  }

  get alive(): boolean {
    return this.#child.connected;
  }

  /**
   * Runs one analysis.
   * @throws AppError of the run; `interrupted` when the process ended in the middle; the signal's reason on abort
   */
  async run(
    request: RunRequest,
    setup: AnalysisSetup,
    { signal, log, onProgress }: Parameters<Runner>[1],
  ): Promise<void> {
    const idleLog = this.#log;
    this.#log = log;
    let timer: NodeJS.Timeout | undefined;
    const stop = () => {
      this.#send({ type: "stop" });
      timer = setTimeout(() => this.#child.kill("SIGKILL"), patienceMs);
    };
    const answer = new Promise<Failure | undefined>((resolve) => {
      this.#listener = (message) => {
        if (message.type === "progress") onProgress(message.progress);
        else resolve(message.type === "done" ? undefined : message.failure);
      };
      void this.ended.then(() => resolve(this.#diedFailure()));
    });
    signal.addEventListener("abort", stop, { once: true });
    try {
      signal.throwIfAborted();
      this.#send({ type: "run", request, setup });
      const failure = await answer;
      signal.throwIfAborted();
      if (failure === undefined) return;
      throw new AppError(failure.code, failure.message);
    } finally {
      this.#log = idleLog;
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  /** Ends it; what runs in it is lost. */
  async close(): Promise<void> {
    if (this.alive) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), patienceMs);
    await this.ended.finally(() => clearTimeout(timer));
  }

  #send(message: ToAnalysis): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #diedFailure(): Failure {
    const { exitCode, signalCode } = this.#child;
    return {
      code: "interrupted",
      message: `The process of this analysis ended in the middle (${signalCode ?? `code ${exitCode}`}). Retry it; if it ends again, the clip may be damaged: convert it.`,
    };
  }
}

function beNice(pid: number): void {
  try {
    os.setPriority(pid, niceness);
  } catch {
    // Not allowed here, or it is gone by now: it runs as everybody else.
  }
}
