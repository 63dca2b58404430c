import { Worker } from "node:worker_threads";
import { AppError } from "../../shared/errors.ts";
import type { StoredStudy } from "./storedStudy.ts";
import type { ValidationAnswer, ValidationReport } from "./validationThreadMain.ts";

/**
 * Validates a stored study in a thread of its own: its bootstraps take seconds, and the daemon goes on saving answers
 * meanwhile.
 * @param draws of each bootstrap
 * @throws AppError as `validateStudy` of daemon/beq
 */
export async function validateInThread(stored: StoredStudy, draws: number): Promise<ValidationReport> {
  const worker = startWorker();
  try {
    const answer = await new Promise<ValidationAnswer>((resolve, reject) => {
      worker.once("message", resolve).once("error", reject);
      worker.once("exit", () => reject(new Error("the thread of the validation has ended")));
      worker.postMessage({ stored, draws });
    });
    if ("report" in answer) return answer.report;
    throw new AppError(answer.failure.code, answer.failure.message);
  } finally {
    await worker.terminate();
  }
}

/** The thread's program: a bundle beside this one, or the source itself under tsx, which does not follow into threads. */
function startWorker(): Worker {
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("edin-validation.js", import.meta.url));
  const source = new URL("validationThreadMain.ts", import.meta.url).href;
  const start = `import("tsx/esm/api").then(({ register }) => { register(); return import("${source}"); })`;
  return new Worker(start, { eval: true });
}
