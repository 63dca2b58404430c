import { AppError } from "../../shared/errors.ts";
import { startThread } from "../startThread.ts";
import type { Asked, Kind, ReadAnswer, Readers } from "./readThreadMain.ts";

/** Files of people take milliseconds. */
const maxMs = 20_000;

/**
 * Reads a file of a user's in a thread of its own, so that the daemon answers others whatever stands in it.
 * @throws AppError of the reader; `timeout` after 20 s
 */
export async function readInThread<K extends Kind>(
  kind: K,
  input: Asked<K>["input"],
): Promise<ReturnType<Readers[K]>> {
  const worker = startThread("edin-reading", { resourceLimits: { maxOldGenerationSizeMb: 1024 } });
  let timer: NodeJS.Timeout | undefined;
  try {
    const answer = await new Promise<ReadAnswer>((resolve, reject) => {
      const message = "The file takes too long to read. Give a smaller or simpler one.";
      timer = setTimeout(() => reject(new AppError("timeout", message)), maxMs);
      worker.once("message", resolve).once("error", reject);
      worker.once("exit", () => reject(new Error("the thread that reads has ended")));
      worker.postMessage({ kind, input });
    });
    if ("value" in answer) return answer.value as ReturnType<Readers[K]>;
    throw new AppError(answer.failure.code, answer.failure.message);
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
