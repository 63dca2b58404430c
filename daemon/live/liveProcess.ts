import { fork, type ChildProcess } from "node:child_process";
import path from "node:path";
import { AppError, toAppError } from "../../shared/errors.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { AnalysisEvent, DeviceChoice } from "../../shared/protocol/results.ts";
import { followWords } from "../childLog.ts";
import { childEnvironment } from "../config.ts";
import type { Log } from "../log.ts";
import { soundVariables } from "../capture/devices.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import type { LiveEnd, LiveEvent, LiveRunRequest } from "./events.ts";

/** What a run's process needs to know of the daemon. */
export interface LiveSetup {
  readonly modelsDir: string;
  readonly userModelsDir?: string | undefined;
  readonly device: DeviceChoice;
  readonly ffmpeg: Ffmpeg;
}

/** From the daemon to the process of a run. */
export type ToRun =
  | { readonly type: "start"; readonly request: LiveRunRequest; readonly setup: LiveSetup }
  | { readonly type: "stop" }
  | { readonly type: "record"; readonly on: boolean; readonly ask: number }
  | { readonly type: "begin-recording"; readonly startMs: number }
  /** What the run told of its recording is known: it may write. */
  | { readonly type: "recording-known"; readonly failure?: Failure | undefined }
  | { readonly type: "segment"; readonly event: AnalysisEvent }
  | { readonly type: "watched"; readonly watched: boolean }
  | {
      readonly type: "video";
      readonly timeMs: number;
      readonly jpeg: Uint8Array;
      readonly arrivedAt: number;
    }
  | {
      readonly type: "audio";
      readonly timeMs: number;
      readonly sampleRateHz: number;
      readonly pcm: Uint8Array;
    };

/** From the process of a run to the daemon. */
export type FromRun =
  | { readonly type: "event"; readonly event: LiveEvent }
  | { readonly type: "answer"; readonly ask: number; readonly failure?: Failure | undefined }
  | { readonly type: "ended"; readonly end: LiveEnd };

/** Beside this file as source, beside the command when it is bundled. */
const entry = path.join(
  import.meta.dirname,
  import.meta.filename.endsWith(".ts") ? "liveProcessMain.ts" : "edin-live.js",
);
/** A process that does not end by itself within this time after it was told to is killed. */
const patienceMs = 20_000;

/** A live run in a process of its own, as seen from the daemon. */
export class LiveProcess {
  /** Fulfilled, never rejected, when the process is gone. */
  readonly ended: Promise<LiveEnd>;
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, (failure?: Failure) => void>();
  #asks = 0;

  /** @param tell what it returns of the beginning of a recording is waited for before the first byte is written */
  constructor(
    request: LiveRunRequest,
    setup: LiveSetup,
    tell: (event: LiveEvent) => Promise<void> | undefined,
    log: Log,
  ) {
    this.#child = fork(entry, [], {
      // An editor's own Node needs to be told that it is one.
      env: childEnvironment([...soundVariables, "ELECTRON_RUN_AS_NODE"]),
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    void followWords(this.#child.stderr!, () => log);
    let end: LiveEnd | undefined;
    this.#child.on("message", (message: FromRun) => {
      if (message.type === "event") void this.#tell(tell, message.event);
      else if (message.type === "ended") end = message.end;
      else this.#asked.get(message.ask)?.(message.failure);
    });
    // What is sent to a process that is gone is lost; its end is told below.
    this.#child.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      const gone = () => {
        for (const answer of this.#asked.values()) answer(diedFailure);
        resolve(
          end ?? { counts: { framesIn: 0, dropped: 0, framesRecorded: 0 }, failure: diedFailure, died: true },
        );
      };
      this.#child.once("exit", gone);
      this.#child.once("error", () => this.#child.exitCode ?? gone());
    });
    this.send({ type: "start", request, setup });
  }

  async #tell(tell: (event: LiveEvent) => Promise<void> | undefined, event: LiveEvent): Promise<void> {
    try {
      await tell(event);
      if (event.kind === "recording" && event.on) this.send({ type: "recording-known" });
    } catch (error) {
      const { code, message } = toAppError(error);
      this.send({ type: "recording-known", failure: { code, message } });
    }
  }

  send(message: ToRun): void {
    if (this.#child.connected) this.#child.send(message);
  }

  /** As {@link send}; fulfilled when the process has taken it or is gone, so that a run that stands still is not flooded. */
  async hand(message: ToRun): Promise<void> {
    if (!this.#child.connected) return;
    const taken = new Promise<void>((resolve) => this.#child.send(message, () => resolve()));
    await Promise.race([taken, this.ended]);
  }

  /** @throws AppError of LiveRun.record */
  async record(on: boolean): Promise<void> {
    const ask = this.#asks++;
    const failure = await new Promise<Failure | undefined>((resolve) => {
      if (!this.#child.connected) resolve(diedFailure);
      this.#asked.set(ask, resolve);
      this.send({ type: "record", on, ask });
    });
    this.#asked.delete(ask);
    if (failure !== undefined) throw new AppError(failure.code, failure.message);
  }

  /** Ends the source and waits until everything is complete. */
  async stop(): Promise<LiveEnd> {
    this.send({ type: "stop" });
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), patienceMs);
    return await this.ended.finally(() => clearTimeout(timer));
  }
}

const diedFailure: Failure = {
  code: "interrupted",
  message:
    "The process of this session ended in the middle. What was recorded is kept; start another session.",
};
