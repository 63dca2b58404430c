import { fork, type ChildProcess } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { AnalysisProgress } from "../../shared/protocol/analyses.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { DeviceChoice } from "../../shared/protocol/results.ts";
import { childEnvironment } from "../config.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import type { RunRequest } from "./kind.ts";

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
/** Of what it says on stderr, the end is kept: characters. */
const wordsKept = 4000;
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
  #words = "";
  #listener: (message: FromAnalysis) => void = () => undefined;

  constructor() {
    this.#child = fork(entry, [], {
      // An editor's own Node needs to be told that it is one.
      env: childEnvironment(["ELECTRON_RUN_AS_NODE", "VK_ICD_FILENAMES", "CUDA_VISIBLE_DEVICES"]),
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      process.stderr.write(text);
      this.#words = (this.#words + text).slice(-wordsKept);
    });
    this.#child.on("message", (message: FromAnalysis) => this.#listener(message));
    this.ended = new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
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
    { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: AnalysisProgress) => void },
  ): Promise<void> {
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
      const cause = failure.code === "interrupted" ? new Error(this.#words) : undefined;
      throw new AppError(failure.code, failure.message, { cause });
    } finally {
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
