import path from "node:path";
import type { Analysis } from "../../shared/protocol/results.ts";
import { createEncoder, type Encoder } from "../media/encoder.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import type { Frame } from "../media/frame.ts";
import { sideBySide } from "../magnification/sideBySide.ts";

/** Encoders that run at a time; faces beyond them are analysed without a clip of their own. */
const maxClips = 4;

interface Open {
  readonly encoder: Encoder;
  readonly startMs: number;
  readonly file: string;
}

/**
 * The clips of the faces of an analysis, one a track: the face as it was on the left, as the pipeline shows it on the right,
 * in step. They get their names in {@link FaceClips.close}; disposal removes what was not closed.
 */
export class FaceClips implements AsyncDisposable {
  readonly #open = new Map<number, Open>();
  readonly #folder: string;
  readonly #name: string;
  readonly #frameRate: number;
  readonly #options: { readonly ffmpeg: Ffmpeg; readonly signal: AbortSignal };
  #joined = new Uint8Array(0);
  readonly #leftOut = new Set<number>();

  /** @param name of the files, before the number of the track */
  constructor(
    folder: string,
    name: string,
    frameRate: number,
    options: { readonly ffmpeg: Ffmpeg; readonly signal: AbortSignal },
  ) {
    this.#folder = folder;
    this.#name = name;
    this.#frameRate = frameRate;
    this.#options = options;
  }

  /** What a user should know about them. */
  get notes(): string[] {
    const { size } = this.#leftOut;
    return size > 0 ? [`${size} more faces were analysed but have no clip of their own.`] : [];
  }

  async write(track: number, original: Frame, shown: Frame): Promise<void> {
    const { width, height, data, timeMs } = original;
    let open = this.#open.get(track);
    if (open === undefined) {
      if (this.#open.size >= maxClips) {
        this.#leftOut.add(track);
        return;
      }
      const file = `${this.#name}-${track}.mp4`;
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
    sideBySide(data, shown.data, width, height, this.#joined);
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
