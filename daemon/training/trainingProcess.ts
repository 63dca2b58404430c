import { AppError } from "../../shared/errors.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { LearnContext, Learned } from "./backend.ts";
import { inProcess, programBeside, type EndedTexts } from "../jobs/inProcess.ts";
import type { LearnedEpoch, LearnRequest } from "./learn.ts";

/** To the process that trains. */
export type ToTraining =
  { readonly type: "start"; readonly request: LearnRequest } | { readonly type: "stop" };

/** From the process that trains. */
export type FromTraining =
  | { readonly type: "backend"; readonly device: string; readonly reason: string; readonly version: string }
  | { readonly type: "before"; readonly epochs: readonly LearnedEpoch[] }
  | { readonly type: "epoch"; readonly epoch: LearnedEpoch }
  | { readonly type: "learned"; readonly learned: Learned }
  | { readonly type: "failed"; readonly failure: Failure };

export const trainingEnded: EndedTexts = {
  memory:
    "The process that trained was ended, most likely for want of memory. Choose a smaller batch, input or width in the training file.",
  middle:
    "The process that trained ended in the middle. Start the training again: it goes on from its last epoch.",
};

/**
 * Trains in a process of its own: TensorFlow.js keeps its thread busy, and its memory goes back.
 * @throws AppError `training_failed`, `out_of_memory`, `interrupted`; the signal's reason
 */
export function learnInProcess(
  request: LearnRequest,
  { signal, enough, onStarted, onBefore, onEpoch }: LearnContext,
): Promise<Learned> {
  const program = programBeside(import.meta, "tfjs/trainingProcessMain.ts", "edin-training.js");
  const start: ToTraining = { type: "start", request };
  return inProcess<Learned>(program, start, { signal, enough, ended: trainingEnded }, (told, end) => {
    const message = told as FromTraining;
    if (message.type === "backend") {
      const { device, reason, version } = message;
      onStarted({ device, reason, versions: { tfjs: version } });
    } else if (message.type === "before") onBefore(message.epochs);
    else if (message.type === "epoch") onEpoch(message.epoch);
    else if (message.type === "learned") end.resolve(message.learned);
    else end.reject(new AppError(message.failure.code, message.failure.message));
  });
}
