import { AppError } from "../../shared/errors.ts";
import { maxPushedBytes } from "../../shared/protocol/live.ts";

/** A piece is handed over this often: what a crash of the browser costs. */
const pieceMs = 1000;
const retryMs = 1000;
/** After its end a recording waits this long for a daemon that is away. */
const patienceMs = 30_000;
const mediaTypes = ["video/webm;codecs=vp8,opus", "video/webm", "audio/webm;codecs=opus", "audio/webm"];

export interface RecordedPiece {
  readonly seq: number;
  readonly chunk: Uint8Array;
  /** With the first: where the recording begins on the page's clock. */
  readonly startMs?: number;
  /** Nothing follows. */
  readonly last: boolean;
}

export interface PageRecorderOptions {
  /** Start of the page's clock on `performance.now()`. */
  readonly startedAtMs: number;
  /** Fulfilled when the daemon has written the piece. */
  readonly push: (piece: RecordedPiece) => Promise<unknown>;
  /** Whether a piece that failed is sent again. */
  readonly mayRetry: (error: unknown) => boolean;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Records a stream and hands its pieces to the daemon, in order and each until it was answered: what was lost on the way is
 * sent again under the same number, which the daemon ignores if it had it already.
 */
export class PageRecorder {
  readonly #options: PageRecorderOptions;
  readonly #recorder: MediaRecorder;
  readonly #pieces: Uint8Array[] = [];
  readonly #ended: Promise<void>;
  #startMs: number | undefined;
  #next = 0;
  #sending: Promise<void> = Promise.resolve();
  #failed = false;
  #giveUpAtMs = Infinity;

  /** @throws AppError `device_unavailable` where the browser cannot record WebM */
  constructor(stream: MediaStream, options: PageRecorderOptions) {
    this.#options = options;
    const hasVideo = stream.getVideoTracks().length > 0;
    const mimeType = mediaTypes
      .filter((type) => type.startsWith(hasVideo ? "video" : "audio"))
      .find((type) => MediaRecorder.isTypeSupported(type));
    if (mimeType === undefined)
      throw new AppError(
        "device_unavailable",
        "This browser cannot record WebM. Start without recording, or use a current Chromium or Firefox.",
      );
    this.#recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: 4_000_000 });
    this.#recorder.addEventListener("start", () => {
      this.#startMs = Math.max(performance.now() - options.startedAtMs, 0);
    });
    this.#recorder.addEventListener("dataavailable", ({ data }) => {
      // A recorder is inactive before it hands over its last piece.
      const last = this.#recorder.state === "inactive";
      // Pieces are read and sent one after another, so that none overtakes another.
      this.#sending = this.#sending.then(async () =>
        this.#add(new Uint8Array(await data.arrayBuffer()), last),
      );
    });
    this.#ended = new Promise((resolve) => this.#recorder.addEventListener("stop", () => resolve()));
    this.#recorder.start(pieceMs);
  }

  /** Ends the recording; fulfilled when every piece was written, or given up. */
  async stop(): Promise<void> {
    this.#giveUpAtMs = performance.now() + patienceMs;
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    await this.#ended;
    await this.#sending;
  }

  async #add(piece: Uint8Array, last: boolean): Promise<void> {
    for (let at = 0; at < piece.length; at += maxPushedBytes)
      this.#pieces.push(piece.subarray(at, at + maxPushedBytes));
    while (this.#pieces.length > 0 && !this.#failed) await this.#sendFirst(last && this.#pieces.length === 1);
  }

  async #sendFirst(last: boolean): Promise<void> {
    const seq = this.#next;
    try {
      await this.#options.push({
        seq,
        chunk: this.#pieces[0]!,
        last,
        ...(seq === 0 && this.#startMs !== undefined && { startMs: this.#startMs }),
      });
      this.#pieces.shift();
      this.#next++;
    } catch (error) {
      if (this.#options.mayRetry(error) && performance.now() < this.#giveUpAtMs)
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      else {
        this.#failed = true;
        this.#options.onFailure(error);
      }
    }
  }
}
