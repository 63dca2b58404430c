import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { JobProgress } from "../../shared/protocol/jobs.ts";
import { childEnvironment, type Config } from "../config.ts";
import type { OpenModelsOptions } from "../inference/models.ts";
import { findFfmpeg, type Ffmpeg } from "../media/ffmpeg.ts";
import { inProcess, programBeside } from "./inProcess.ts";
import type { RunContext } from "./kind.ts";

/** What the process of a job works with. */
export interface WorkContext extends Pick<RunContext, "outDir" | "signal" | "onProgress"> {
  readonly config: OpenModelsOptions & Pick<Config, "userModelsDir">;
  readonly ffmpeg: Ffmpeg;
}
export type JobWork<Input> = (input: Input, context: WorkContext) => Promise<void>;

/** To the process of a job. `work` is the name of its kind. */
export type ToJob =
  | {
      readonly type: "start";
      readonly work: string;
      readonly input: unknown;
      readonly setup: Omit<WorkContext, "signal" | "onProgress">;
    }
  | { readonly type: "stop" };

/** From the process of a job. */
export type FromJob =
  | { readonly type: "progress"; readonly progress: JobProgress }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly failure: Failure };

/** A process that does not stop by itself within this time after it was told to is killed. */
const patienceMs = 10_000;

/**
 * Does the work of a job in a process of its own, of a low priority: whatever stands in the user's files, the daemon answers
 * others meanwhile, and a clip that brings a decoder down ends one job.
 * @throws AppError of the work; `out_of_memory`, `interrupted`; the signal's reason
 */
export async function workInProcess(
  work: string,
  input: object,
  config: Config,
  { outDir, signal, log, onProgress }: RunContext,
): Promise<void> {
  const { modelsDir, userModelsDir, device } = config;
  const ffmpeg = await findFfmpeg(config, childEnvironment());
  const setup = { config: { modelsDir, userModelsDir, device }, ffmpeg, outDir };
  const start: ToJob = { type: "start", work, input, setup };
  const killed = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const kill = () => {
    timer = setTimeout(() => killed.abort(signal.reason), patienceMs);
  };
  signal.throwIfAborted();
  signal.addEventListener("abort", kill, { once: true });
  try {
    const program = programBeside(import.meta, path.join("..", "jobProcessMain.ts"), "edin-job.js");
    const signals = { signal: killed.signal, enough: signal, log, ended };
    await inProcess<undefined>(program, start, signals, (told, end) => {
      const message = told as FromJob;
      if (message.type === "progress") onProgress(message.progress);
      else if (message.type === "done") end.resolve(undefined);
      else end.reject(new AppError(message.failure.code, message.failure.message));
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
  }
  signal.throwIfAborted();
}

const ended = {
  memory:
    "The process of this job was ended, most likely for want of memory. Close other programs, or give it less at a time.",
  middle: "The process of this job ended in the middle. Start it again; its log has the last words.",
};
