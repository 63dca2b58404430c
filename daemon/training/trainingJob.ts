import { AppError } from "../../shared/errors.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { TrainingEvent } from "../../shared/protocol/training.ts";
import type { Log } from "../log.ts";
import { inProcess, programBeside } from "../jobs/inProcess.ts";
import type { TrainContext } from "./train.ts";
import type { WrittenTraining } from "./trainingFile.ts";
import { trainingEnded } from "./trainingProcess.ts";

/** What the process of a whole training needs to know. */
export type TrainingSetup = Omit<TrainContext, "signal" | "enough" | "onEvent" | "importIt"> & {
  readonly written: WrittenTraining;
};

/** To the process of a training. */
export type ToTrainingJob =
  { readonly type: "start"; readonly setup: TrainingSetup } | { readonly type: "stop" };

/** From the process of a training. */
export type FromTrainingJob =
  | { readonly type: "event"; readonly event: TrainingEvent }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly failure: Failure };

/**
 * A whole training in a process of its own, of a low priority: reading a set and taking noise away would hold up everything
 * else of the daemon. Its networks become the user's.
 * @throws AppError of the training; `out_of_memory`, `interrupted`; the signal's reason
 */
export function trainInProcess(
  setup: TrainingSetup,
  {
    onEvent,
    ...signals
  }: Pick<TrainContext, "signal" | "enough"> & {
    /** Takes what the process writes on stderr. */
    readonly log: Log;
    readonly onEvent: (event: TrainingEvent) => void;
  },
): Promise<void> {
  const program = programBeside(import.meta, "trainingJobMain.ts", "edin-training-job.js");
  const start: ToTrainingJob = { type: "start", setup };
  return inProcess<undefined>(program, start, { ...signals, ended: trainingEnded }, (told, end) => {
    const message = told as FromTrainingJob;
    if (message.type === "event") onEvent(message.event);
    else if (message.type === "done") end.resolve(undefined);
    else end.reject(new AppError(message.failure.code, message.failure.message));
  });
}
