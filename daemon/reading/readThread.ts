import { AppError } from "../../shared/errors.ts";
import { startThread } from "../startThread.ts";
import type { Kind, Readers } from "./readers.ts";
import type { Asked, ReadAnswer } from "./readThreadMain.ts";

/** Files of people take milliseconds. */
const usualMs = 20_000;
/** Smaller files are read faster than a thread is started. */
const smallBytes = 500_000;

type Read<K extends Kind> = Awaited<ReturnType<Readers[K]>>;

/**
 * Reads files of a user's in a thread of its own, so that the daemon answers others whatever stands in them.
 * @throws AppError of the reader; `timeout` after `maxMs`
 */
export async function readInThread<K extends Kind>(
  kind: K,
  input: Asked<K>["input"],
  maxMs = usualMs,
): Promise<Read<K>> {
  const worker = startThread("edin-reading", { resourceLimits: { maxOldGenerationSizeMb: 1024 } });
  let timer: NodeJS.Timeout | undefined;
  try {
    const answer = await new Promise<ReadAnswer>((resolve, reject) => {
      const message = "The file takes too long to read. Give a smaller or simpler one.";
      timer = setTimeout(() => reject(new AppError("timeout", message)), maxMs);
      worker
        .once("message", resolve)
        .once("error", (error: NodeJS.ErrnoException) =>
          reject(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? tooLarge(error) : error),
        );
      worker.once("exit", () => reject(new Error("the thread that reads has ended")));
      worker.postMessage({ kind, input });
    });
    if ("value" in answer) return answer.value as Read<K>;
    throw new AppError(answer.failure.code, answer.failure.message);
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

/** {@link readInThread}, but what has no more than `most` bytes is read here and now. @throws AppError as that */
export async function readApart<K extends Kind>(
  kind: K,
  input: Asked<K>["input"],
  bytes: number,
  most = smallBytes,
): Promise<Read<K>> {
  if (bytes > most) return readInThread(kind, input);
  // Not with the daemon's start: the readers know every kind of file.
  const { readers } = await import("./readers.ts");
  const read = readers[kind] as (input: Asked<K>["input"]) => ReturnType<Readers[K]>;
  return await read(input);
}

const tooLarge = (cause: Error) =>
  new AppError("too_large", "The file is too large to be read. Give a smaller or simpler one.", { cause });
