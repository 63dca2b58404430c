import type { Readable } from "node:stream";
import { AppError } from "../../shared/errors.ts";
import { WidePipe } from "./widePipe.ts";

/**
 * Cuts a stream of bytes into blocks of one size, reading ahead as far as its few buffers reach and no further: the
 * writer waits when nobody takes the blocks. A block belongs to the caller until {@link BlockReader.release}.
 */
export class BlockReader {
  readonly #stream: Readable | WidePipe;
  readonly #free: Uint8Array[];
  readonly #ready: Uint8Array[] = [];
  /** Read, but without a buffer yet. Node resumes a paused pipe when its process ends, so there may be several. */
  readonly #waiting: Uint8Array[] = [];
  #filling: Uint8Array | undefined;
  #filled = 0;
  #ended = false;
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param buffers How far it reads ahead, or the buffers themselves. */
  constructor(stream: Readable | WidePipe, blockBytes: number, buffers: number | readonly Uint8Array[]) {
    this.#stream = stream;
    this.#free =
      typeof buffers === "number"
        ? Array.from({ length: buffers }, () => new Uint8Array(blockBytes))
        : [...buffers];
    const end = () => {
      this.#ended = true;
      this.#fill();
    };
    const take = (chunk: Uint8Array) => {
      this.#timer?.refresh();
      this.#waiting.push(chunk);
      this.#fill();
    };
    stream.once("close", end);
    if (stream instanceof WidePipe) stream.on("data", take);
    else stream.once("end", end).once("error", end).on("data", take);
  }

  /**
   * The next block; the last one may be short; undefined at the end.
   * @throws AppError `media_timeout` when not one byte came for `stallMs`.
   */
  async next(stallMs: number): Promise<Uint8Array | undefined> {
    if (this.#ready.length === 0 && !this.#ended) {
      await new Promise<void>((resolve, reject) => {
        const stall = () =>
          reject(
            new AppError(
              "media_timeout",
              "Decoding the file stands still. It may be damaged: try another copy.",
            ),
          );
        this.#wake = resolve;
        this.#timer = setTimeout(stall, stallMs);
      }).finally(() => clearTimeout(this.#timer));
    }
    return this.#ready.shift();
  }

  /** Gives a block's buffer back. */
  release(block: Uint8Array): void {
    this.#free.push(block);
    this.#fill();
  }

  #fill(): void {
    for (let chunk = this.#waiting.shift(); chunk; chunk = this.#waiting.shift()) {
      this.#filling ??= this.#free.pop();
      if (!this.#filling) {
        this.#waiting.unshift(chunk);
        this.#stream.pause();
        return;
      }
      const part = chunk.subarray(0, this.#filling.length - this.#filled);
      this.#filling.set(part, this.#filled);
      this.#filled += part.length;
      if (part.length < chunk.length) this.#waiting.unshift(chunk.subarray(part.length));
      if (this.#filled === this.#filling.length) this.#finish();
    }
    if (this.#ended && this.#filled > 0) this.#finish();
    else if (this.#ended) this.#wake?.();
    else if (this.#stream.isPaused()) this.#stream.resume();
  }

  #finish(): void {
    this.#ready.push(this.#filling!.subarray(0, this.#filled));
    this.#filling = undefined;
    this.#filled = 0;
    this.#wake?.();
  }
}
