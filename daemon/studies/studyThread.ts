import type { Worker } from "node:worker_threads";
import { AppError } from "../../shared/errors.ts";
import type { ImportProgress } from "../../shared/protocol/studyArchives.ts";
import { startThread } from "../startThread.ts";
import type { StudyAnswer, StudyWork, StudyWorks } from "./studyThreadMain.ts";

/** A thread that has done its work is kept for so long for the next. */
const restMs = 30_000;
let resting: { readonly worker: Worker; readonly timer: NodeJS.Timeout } | undefined;

interface WorkOptions {
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Ends the thread. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Works through a study in a thread of its own: bootstraps, the lines of many clips and archives take seconds, and the daemon
 * goes on saving answers meanwhile.
 * @throws AppError as `validateStudy` of daemon/beq, `tabulate` of table/ and `unpackArchive`; `too_large` for what memory
 *   does not hold; the signal's reason on abort
 */
export async function workInThread<K extends StudyWork>(
  work: K,
  input: Parameters<StudyWorks[K]>[0],
  { onProgress = () => undefined, signal }: WorkOptions = {},
): Promise<Awaited<ReturnType<StudyWorks[K]>>> {
  signal?.throwIfAborted();
  const worker = takeWorker();
  let abort = (): void => undefined;
  try {
    const answer = await new Promise<Exclude<StudyAnswer, { progress: ImportProgress }>>(
      (resolve, reject) => {
        worker.on("message", (told: StudyAnswer) => {
          if ("progress" in told) onProgress(told.progress);
          else resolve(told);
        });
        worker.once("error", (error: NodeJS.ErrnoException) =>
          reject(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? tooLarge(error) : error),
        );
        worker.once("exit", () => reject(new Error("the thread of the study has ended")));
        abort = () => reject(signal?.reason as Error);
        signal?.addEventListener("abort", abort, { once: true });
        worker.postMessage({ work, input });
      },
    );
    rest(worker);
    if ("value" in answer) return answer.value as Awaited<ReturnType<StudyWorks[K]>>;
    throw new AppError(answer.failure.code, answer.failure.message);
  } catch (error) {
    if (signal?.aborted === true || !(error instanceof AppError)) await worker.terminate();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function takeWorker(): Worker {
  if (resting === undefined) return startThread("edin-study");
  const { worker, timer } = resting;
  clearTimeout(timer);
  resting = undefined;
  forget(worker);
  worker.ref();
  return worker;
}

/** By name: a worker has listeners of its own. */
function forget(worker: Worker): void {
  for (const event of ["message", "error", "exit"]) worker.removeAllListeners(event);
}

function rest(worker: Worker): void {
  forget(worker);
  // It does not keep the process alive.
  worker.unref();
  const end = () => {
    if (resting?.worker === worker) resting = undefined;
    void worker.terminate();
  };
  if (resting !== undefined) {
    void worker.terminate();
    return;
  }
  worker.on("error", end).on("exit", end);
  resting = { worker, timer: setTimeout(end, restMs).unref() };
}

const tooLarge = (cause: Error) =>
  new AppError("too_large", "The study is too large for the memory of this process. Take it in parts.", {
    cause,
  });
