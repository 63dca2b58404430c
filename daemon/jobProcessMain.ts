// The program of the process of one job; jobs/jobProcess.ts starts it.
import { toAppError } from "../shared/errors.ts";
import { beNice, tellParent } from "./childProgram.ts";
import type { FromJob, JobWork, ToJob } from "./jobs/jobProcess.ts";

/** What is done, by the kind of the job. */
const works: Readonly<Record<string, () => Promise<JobWork<never>>>> = {
  dataset: async () => (await import("./labels/dataset/kind.ts")).workOnDataset,
  evaluation: async () => (await import("./evaluation/kind.ts")).workOnEvaluation,
  redaction: async () => (await import("./redaction/kind.ts")).workOnRedaction,
};
/** As analyses are. */
const niceness = 5;
const stop = new AbortController();

process.on("message", (message: ToJob) => {
  if (message.type === "stop") stop.abort();
  else void answer(message);
});
// The daemon is gone.
process.on("disconnect", () => process.exit(1));
// A terminal sends its Ctrl-C to the children as well; it is the parent that says when to end.
process.on("SIGINT", () => undefined).on("SIGTERM", () => undefined);

async function answer({ work, input, setup }: ToJob & { type: "start" }): Promise<void> {
  try {
    beNice(niceness);
    const run = await works[work]!();
    await run(input as never, {
      ...{ ...setup, signal: stop.signal },
      onProgress: (progress) => void tell({ type: "progress", progress }),
    });
    await tell({ type: "done" });
  } catch (error) {
    const { code, message, stack } = toAppError(error);
    if (code === "internal") process.stderr.write(`${stack ?? message}\n`);
    await tell({ type: "failed", failure: { code, message } });
  }
}

const tell = (message: FromJob): Promise<void> => tellParent(message);
