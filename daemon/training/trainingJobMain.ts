// The program of the process of one training; trainingJob.ts starts it.
import { toAppError } from "../../shared/errors.ts";
import { beNice, tellParent } from "../childProgram.ts";
import { train } from "./train.ts";
import { planTraining } from "./trainingFile.ts";
import type { FromTrainingJob, ToTrainingJob, TrainingSetup } from "./trainingJob.ts";

/** Trainings leave the machine to whoever looks at it; what they start takes after them. */
const niceness = 10;
const enough = new AbortController();

process.on("message", (message: ToTrainingJob) => {
  if (message.type === "stop") enough.abort();
  else void work(message.setup);
});
// The daemon is gone.
process.on("disconnect", () => process.exit(1));

async function work({ written, ...setup }: TrainingSetup): Promise<void> {
  try {
    beNice(niceness);
    await train(planTraining(written), {
      ...{ ...setup, importIt: true, signal: new AbortController().signal, enough: enough.signal },
      onEvent: (event) => void tell({ type: "event", event }),
    });
    await tell({ type: "done" });
  } catch (error) {
    const { code, message, stack } = toAppError(error);
    if (code === "internal") process.stderr.write(`${stack ?? message}\n`);
    await tell({ type: "failed", failure: { code, message } });
  }
  process.disconnect();
}

const tell = (message: FromTrainingJob): Promise<void> => tellParent(message);
