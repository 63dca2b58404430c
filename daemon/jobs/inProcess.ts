import { fork } from "node:child_process";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AppError, toAppError } from "../../shared/errors.ts";
import { followWords } from "../childLog.ts";
import { childEnvironment } from "../config.ts";
import type { Log } from "../log.ts";

/** How long it is waited for the last words of a process that has ended. */
const lastWordsMs = 1000;

/** A program beside the module that asks: as source, or as its bundle when that module is bundled. */
export const programBeside = ({ dirname, filename }: ImportMeta, source: string, bundle: string): string =>
  path.join(dirname, filename.endsWith(".ts") ? source : bundle);

/** Each with a next step. */
export interface EndedTexts {
  readonly memory: string;
  readonly middle: string;
}

/**
 * Runs a program in a process of its own until it tells how it ended. On abort the process is killed; `enough` sends it
 * `{type: "stop"}`.
 * @param log takes what the process writes on stderr; without it that goes where this one's does
 * @param ended what to tell of one that was ended for want of memory, and of one that ended in the middle
 * @param take gets each message, and ends the run
 * @throws AppError `out_of_memory`, `interrupted`; what `take` rejects with or throws; the signal's reason
 */
export async function inProcess<Result>(
  program: string,
  start: object,
  {
    signal,
    enough,
    log,
    ended,
  }: {
    readonly signal: AbortSignal;
    readonly enough: AbortSignal;
    readonly log?: Log | undefined;
    readonly ended: EndedTexts;
  },
  take: (
    message: unknown,
    end: { readonly resolve: (result: Result) => void; readonly reject: (error: Error) => void },
  ) => void,
): Promise<Result> {
  signal.throwIfAborted();
  const child = fork(program, [], {
    env: childEnvironment(["ELECTRON_RUN_AS_NODE", "VK_ICD_FILENAMES", "CUDA_VISIBLE_DEVICES"]),
    serialization: "advanced",
    stdio: ["ignore", "ignore", log === undefined ? "inherit" : "pipe", "ipc"],
  });
  const words = log && child.stderr && followWords(child.stderr, () => log);
  const send = (message: object) => {
    if (child.connected) child.send(message, () => undefined);
  };
  const kill = () => void child.kill("SIGKILL");
  const stop = () => send({ type: "stop" });
  signal.addEventListener("abort", kill);
  enough.addEventListener("abort", stop);
  try {
    return await new Promise<Result>((resolve, reject) => {
      child.on("message", (message) => {
        try {
          take(message, { resolve, reject });
        } catch (error) {
          // What it told could not be written down.
          reject(toAppError(error));
        }
      });
      child.on("error", reject);
      child.once("exit", (code, killedBy) =>
        reject(signal.aborted ? abortReason(signal) : gone(code, killedBy, ended)),
      );
      send(start);
      if (enough.aborted) stop();
    });
  } finally {
    signal.removeEventListener("abort", kill);
    enough.removeEventListener("abort", stop);
    kill();
    await Promise.race([words, delay(lastWordsMs, undefined, { ref: false })]);
  }
}

function abortReason({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new DOMException("Cancelled.", "AbortError");
}

/** Linux ends a process that takes too much memory with SIGKILL; V8 ends its own with SIGABRT. */
function gone(code: number | null, killedBy: string | null, { memory, middle }: EndedTexts): AppError {
  return killedBy === "SIGKILL" || killedBy === "SIGABRT" || code === 134
    ? new AppError("out_of_memory", memory)
    : new AppError("interrupted", middle);
}
