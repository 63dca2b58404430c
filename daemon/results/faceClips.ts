import path from "node:path";
import { isAppError } from "../../shared/errors.ts";
import type { FaceClipKind } from "../../shared/protocol/pipelines.ts";
import type { Analysis, MediaInfo } from "../../shared/protocol/results.ts";
import { addSound } from "../media/addSound.ts";
import { createEncoder, type Encoder } from "../media/encoder.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import type { Frame } from "../media/frame.ts";
import { sideBySide } from "../magnification/sideBySide.ts";
import { counted } from "../../shared/text/counted.ts";

/** Encoders that run at a time; faces beyond them are analysed without a clip of their own. */
const maxClips = 4;

interface Open {
  readonly encoder: Encoder;
  readonly startMs: number;
  readonly file: string;
}

export interface FaceClipsOptions extends FaceClipKind {
  /** Of the files, before the number of the track. */
  readonly name: string;
  readonly frameRate: number;
  readonly ffmpeg: Ffmpeg;
  readonly signal: AbortSignal;
}

/** The clip that faces are of. */
export interface FaceClipSource {
  readonly mediaPath: string;
  readonly media: MediaInfo;
}

/**
 * The clips of the faces of an analysis, one a track, as the pipeline shows them, and beside it, on the left, as they were, in
 * step. They get their names in {@link FaceClips.close}; disposal removes what was not closed.
 */
export class FaceClips implements AsyncDisposable {
  readonly #open = new Map<number, Open>();
  readonly #folder: string;
  readonly #options: FaceClipsOptions;
  #joined = new Uint8Array(0);
  readonly #leftOut = new Set<number>();
  #silent = false;

  constructor(folder: string, options: FaceClipsOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** What a user should know about them. */
  get notes(): string[] {
    const { size } = this.#leftOut;
    return [
      ...(size > 0 ? [`Analysed without a clip of their own: ${counted(size, "more face")}.`] : []),
      ...(this.#silent ? ["The clips of the faces are silent: the clip's sound cannot be read whole."] : []),
    ];
  }

  async write(track: number, original: Frame, shown: Frame): Promise<void> {
    const { width, height, data, timeMs } = original;
    const { name, beside, frameRate, ffmpeg, signal } = this.#options;
    let open = this.#open.get(track);
    if (open === undefined) {
      if (this.#open.size >= maxClips) {
        this.#leftOut.add(track);
        return;
      }
      const file = `${name}-${track}.mp4`;
      const { matrix, fullRange } = original;
      const encoder = await createEncoder(path.join(this.#folder, file), {
        ...{ width: beside ? 2 * width : width, height, frameRate, matrix, fullRange, ffmpeg, signal },
      });
      open = { encoder, startMs: timeMs, file };
      this.#open.set(track, open);
    }
    if (!beside) {
      await open.encoder.write(shown.data, timeMs - open.startMs);
      return;
    }
    if (this.#joined.length !== 2 * data.length) this.#joined = new Uint8Array(2 * data.length);
    sideBySide(data, shown.data, width, height, this.#joined);
    await open.encoder.write(this.#joined, timeMs - open.startMs);
  }

  /**
   * Finishes the clips and names them. @param source the clip that the faces are of: where it has sound and they are to have it,
   * each gets its part
   */
  async close(source: FaceClipSource): Promise<NonNullable<Analysis["clips"]>> {
    const clips = [];
    for (const [track, { encoder, startMs, file }] of this.#open) {
      await encoder.close();
      if (this.#options.sound) await this.#addSound(path.join(this.#folder, file), startMs, source);
      clips.push({ track, file, startMs });
    }
    return clips;
  }

  async #addSound(file: string, fromMs: number, source: FaceClipSource): Promise<void> {
    const { ffmpeg, signal } = this.#options;
    try {
      await addSound(file, { ...source, fromMs, ffmpeg, signal });
    } catch (error) {
      if (!isAppError(error, "media_unreadable")) throw error;
      this.#silent = true;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { encoder } of this.#open.values()) await encoder[Symbol.asyncDispose]();
  }
}
