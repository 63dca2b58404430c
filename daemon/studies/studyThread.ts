import { Worker } from "node:worker_threads";
import { AppError } from "../../shared/errors.ts";
import type { StoredStudy } from "./storedStudy.ts";
import type { StudyAnswer, StudyWork, StudyWorks } from "./studyThreadMain.ts";

/**
 * Works through a stored study in a thread of its own: bootstraps and the lines of many clips take seconds, and the daemon goes
 * on saving answers meanwhile.
 * @throws AppError as `validateStudy` of daemon/beq and `tabulate` of table/
 */
export async function workInThread<K extends StudyWork>(
  work: K,
  stored: StoredStudy,
  options: Parameters<StudyWorks[K]>[1],
): Promise<Awaited<ReturnType<StudyWorks[K]>>> {
  const worker = startWorker();
  try {
    const answer = await new Promise<StudyAnswer>((resolve, reject) => {
      worker.once("message", resolve).once("error", reject);
      worker.once("exit", () => reject(new Error("the thread of the study has ended")));
      worker.postMessage({ work, stored, options });
    });
    if ("value" in answer) return answer.value as Awaited<ReturnType<StudyWorks[K]>>;
    throw new AppError(answer.failure.code, answer.failure.message);
  } finally {
    await worker.terminate();
  }
}

/** The thread's program: a bundle beside this one, or the source itself under tsx, which does not follow into threads. */
function startWorker(): Worker {
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("edin-study.js", import.meta.url));
  const source = new URL("studyThreadMain.ts", import.meta.url).href;
  const start = `import("tsx/esm/api").then(({ register }) => { register(); return import("${source}"); })`;
  return new Worker(start, { eval: true });
}
