import { createHash } from "node:crypto";
import path from "node:path";
import { hashFile } from "../media/hashFile.ts";

/**
 * The hash of a clip, or of the pictures of a folder, read while the clip is analysed: on a slow disk it would otherwise
 * hold up the first frame. Disposal ends what is not needed any more.
 */
export class ClipHash implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #work: Promise<string>;
  readonly #sizeBytes: number;
  #readBytes = 0;

  /** @param sizeBytes of all files together */
  constructor(files: readonly string[], sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
    this.#work = this.#read(files);
    // A failure is told by whoever asks for the hash.
    this.#work.catch(() => undefined);
  }

  /** How much of the clip was read, 0..1. */
  get share(): number {
    return this.#sizeBytes > 0 ? Math.min(1, this.#readBytes / this.#sizeBytes) : 1;
  }

  /**
   * @param onWait called a few times a second while it is not known yet
   * @throws what reading throws; the signal's reason on abort
   */
  async value(signal: AbortSignal, onWait: () => void, everyMs: number): Promise<string> {
    const stop = (): void => this.#stop.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    const timer = setInterval(onWait, everyMs);
    try {
      return await this.#work;
    } finally {
      clearInterval(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#work.catch(() => undefined);
  }

  async #read(files: readonly string[]): Promise<string> {
    const one = (file: string): Promise<string> =>
      hashFile(file, this.#stop.signal, (count) => (this.#readBytes += count));
    if (files.length === 1) return one(files[0]!);
    const hash = createHash("sha256");
    for (const file of files) hash.update(`${path.basename(file)} ${await one(file)}\n`);
    return hash.digest("hex");
  }
}
