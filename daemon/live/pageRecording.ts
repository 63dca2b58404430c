import { open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { makeFolder } from "../store/files.ts";
import { AppError } from "../../shared/errors.ts";

/** Ending of the file that a capture page's own recorder fills. */
export const pageRecordingEnding = ".webm";

/** A page that has something left to send is waited for this long. */
const lastPieceMs = 2000;

/** The pieces of a page's recorder, put together in order. */
export class PageRecording {
  readonly path: string;
  readonly #folder: string;
  #file: Promise<FileHandle> | undefined;
  /** The number of the piece that is expected, of the one that is to be written, and the length of what is there. */
  #next = 0;
  #written = 0;
  #bytes = 0;
  #writing: Promise<unknown> = Promise.resolve();
  #complete = false;
  #onComplete: (() => void) | undefined;

  /** @param file that it fills; its folder is made with the first piece */
  constructor(file: string) {
    this.#folder = path.dirname(file);
    this.path = file;
  }

  /**
   * Adds a piece; one that is there already is passed over.
   * @returns the number that is expected next
   * @throws AppError `conflict` when pieces before it are missing, `disk_full`
   */
  async add(seq: number, piece: Uint8Array, last: boolean): Promise<number> {
    if (seq > this.#next)
      throw new AppError(
        "conflict",
        `Piece ${this.#next} of the recording is missing. Send the pieces in order.`,
      );
    if (seq < this.#next) return this.#next;
    this.#next++;
    const written = this.#writing.then(() => this.#append(seq, piece));
    this.#writing = written.catch(() => undefined);
    try {
      await written;
    } catch (cause) {
      // What is not on the disk is expected again, and so is what came after it meanwhile.
      this.#next = Math.min(this.#next, seq);
      throw new AppError("disk_full", "The recording cannot be written. Is the disk full?", { cause });
    }
    if (last) {
      this.#complete = true;
      this.#onComplete?.();
    }
    return this.#next;
  }

  /** Waits for the last piece, if any came at all. */
  async complete(): Promise<void> {
    if (this.#file === undefined) return;
    if (!this.#complete) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#onComplete = resolve;
        timer = setTimeout(resolve, lastPieceMs);
      });
      clearTimeout(timer);
    }
    await this.#writing;
  }

  /** Closes the file, if there is one. */
  async close(): Promise<void> {
    await this.#writing;
    // Each piece was answered for; there is nobody left to hear that closing fails.
    await this.#file?.then((file) => file.close()).catch(() => undefined);
  }

  /** Writes a piece behind those that are wholly there, over what a failed attempt left. */
  async #append(seq: number, piece: Uint8Array): Promise<void> {
    if (seq !== this.#written) throw new Error("a piece before it is missing");
    if (this.#file === undefined) {
      const opening = this.#open();
      this.#file = opening;
      opening.catch(() => (this.#file = undefined));
    }
    const file = await this.#file;
    for (let done = 0; done < piece.length;) {
      const { bytesWritten } = await file.write(piece, done, piece.length - done, this.#bytes + done);
      done += bytesWritten;
    }
    this.#bytes += piece.length;
    this.#written++;
  }

  async #open(): Promise<FileHandle> {
    await makeFolder(this.#folder);
    return await open(this.path, "w", 0o600);
  }
}
