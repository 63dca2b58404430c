import path from "node:path";
import type { Analysis } from "../../shared/protocol/results.ts";
import { createEncoder, type Encoder } from "../media/encoder.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import type { Frame } from "../media/frame.ts";
import { sideBySide } from "../magnification/sideBySide.ts";

/** Encoders that run at a time; faces beyond them are analysed without a clip of their own. */
const mostClips = 4;

interface Open {
  readonly encoder: Encoder;
  readonly startMs: number;
  readonly file: string;
}

/**
 * The magnified clips of an analysis, one a track: the face as it was on the left, magnified on the right, in step. They
 * get their names in {@link EvmClips.close}; disposal removes what was not closed.
 */
export class EvmClips implements AsyncDisposable {
  readonly #open = new Map<number, Open>();
  readonly #folder: string;
  readonly #frameRate: number;
  readonly #options: { readonly ffmpeg: Ffmpeg; readonly signal: AbortSignal };
  #joined = new Uint8Array(0);
  readonly #leftOut = new Set<number>();

  constructor(
    folder: string,
    frameRate: number,
    options: { readonly ffmpeg: Ffmpeg; readonly signal: AbortSignal },
  ) {
    this.#folder = folder;
    this.#frameRate = frameRate;
    this.#options = options;
  }

  /** Faces that have no clip because too many were in view. */
  get leftOut(): number {
    return this.#leftOut.size;
  }

  async write(track: number, original: Frame, magnified: Frame): Promise<void> {
    const { width, height, data, timeMs } = original;
    let open = this.#open.get(track);
    if (open === undefined) {
      if (this.#open.size >= mostClips) {
        this.#leftOut.add(track);
        return;
      }
      const file = `magnified-${track}.mp4`;
      const { matrix, fullRange } = original;
      const encoder = await createEncoder(path.join(this.#folder, file), {
        ...this.#options,
        width: 2 * width,
        height,
        frameRate: this.#frameRate,
        matrix,
        fullRange,
      });
      open = { encoder, startMs: timeMs, file };
      this.#open.set(track, open);
    }
    if (this.#joined.length !== 2 * data.length) this.#joined = new Uint8Array(2 * data.length);
    sideBySide(data, magnified.data, width, height, this.#joined);
    await open.encoder.write(this.#joined, timeMs - open.startMs);
  }

  /** Finishes the clips and names them. */
  async close(): Promise<NonNullable<Analysis["clips"]>> {
    const clips = [];
    for (const [track, { encoder, startMs, file }] of this.#open) {
      await encoder.close();
      clips.push({ track, file, startMs });
    }
    return clips;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { encoder } of this.#open.values()) await encoder[Symbol.asyncDispose]();
  }
}
