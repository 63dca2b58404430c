import { fork } from "node:child_process";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import { childEnvironment } from "../config.ts";
import type { LearnContext, Learned } from "./backend.ts";
import type { LearnedEpoch, LearnRequest } from "./learn.ts";

/** To the process that trains. */
export type ToTraining =
  { readonly type: "start"; readonly request: LearnRequest } | { readonly type: "stop" };

/** From the process that trains. */
export type FromTraining =
  | { readonly type: "backend"; readonly device: string; readonly reason: string; readonly version: string }
  | { readonly type: "epoch"; readonly epoch: LearnedEpoch }
  | { readonly type: "learned"; readonly learned: Learned }
  | { readonly type: "failed"; readonly failure: Failure };

/** Beside this file as source, beside the command when it is bundled. */
const entry = import.meta.filename.endsWith(".ts")
  ? path.join(import.meta.dirname, "tfjs", "trainingProcessMain.ts")
  : path.join(import.meta.dirname, "edin-training.js");

/**
 * Trains in a process of its own: TensorFlow.js keeps its thread busy, and its memory goes back.
 * @throws AppError `training_failed`, `out_of_memory`, `interrupted`; the signal's reason
 */
export async function learnInProcess(
  request: LearnRequest,
  { signal, enough, onStarted, onEpoch }: LearnContext,
): Promise<Learned> {
  signal.throwIfAborted();
  const child = fork(entry, [], {
    env: childEnvironment(["ELECTRON_RUN_AS_NODE"]),
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const send = (message: ToTraining) => {
    if (child.connected) child.send(message, () => undefined);
  };
  const kill = () => void child.kill("SIGKILL");
  const stop = () => send({ type: "stop" });
  signal.addEventListener("abort", kill);
  enough.addEventListener("abort", stop);
  try {
    return await new Promise<Learned>((resolve, reject) => {
      child.on("message", (message: FromTraining) => {
        if (message.type === "backend") {
          const { device, reason, version } = message;
          onStarted({ device, reason, versions: { tfjs: version } });
        } else if (message.type === "epoch") onEpoch(message.epoch);
        else if (message.type === "learned") resolve(message.learned);
        else reject(new AppError(message.failure.code, message.failure.message));
      });
      child.once("error", reject);
      child.once("exit", (code, killedBy) =>
        reject(signal.aborted ? abortReason(signal) : gone(code, killedBy)),
      );
      send({ type: "start", request });
      if (enough.aborted) stop();
    });
  } finally {
    signal.removeEventListener("abort", kill);
    enough.removeEventListener("abort", stop);
    kill();
  }
}

function abortReason({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new DOMException("Cancelled.", "AbortError");
}

/** Linux ends a process that takes too much memory with SIGKILL; V8 ends its own with SIGABRT. */
function gone(code: number | null, killedBy: string | null): AppError {
  if (killedBy === "SIGKILL" || killedBy === "SIGABRT" || code === 134)
    return new AppError(
      "out_of_memory",
      "The process that trained was ended, most likely for want of memory. Choose a smaller batch, input or width in the training file.",
    );
  return new AppError(
    "interrupted",
    "The process that trained ended in the middle. Start the training again.",
  );
}
