import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { makeFolder } from "../store/files.ts";
import { AppError, toAppError } from "../../shared/errors.ts";
import type { MediaOptions } from "../media/ffmpeg.ts";
import { probeMedia } from "../media/probe.ts";
import { isThere } from "../missing.ts";

interface Making {
  readonly abort: AbortController;
  readonly done: Promise<void>;
  share: number;
  failure?: unknown;
}

/** Makes a copy; what `makeProxy` of the playback room does, handed in by who may know both. */
export type MakeCopy = (
  clip: string,
  target: string,
  options: MediaOptions & { readonly onProgress: (timeMs: number) => void },
) => Promise<void>;

/**
 * Copies of labelled clips that every player plays, in the data folder: made when a player asks, found again by path, size
 * and time of the clip.
 */
export class ClipCopies implements AsyncDisposable {
  readonly #folder: string;
  readonly #media: () => Promise<MediaOptions>;
  readonly #make: MakeCopy;
  readonly #making = new Map<string, Making>();

  constructor(dataDir: string, media: () => Promise<MediaOptions>, make: MakeCopy) {
    this.#folder = path.join(dataDir, "copies");
    this.#media = media;
    this.#make = make;
  }

  /** Starts to make the copy unless it is there or on its way; tells a failure once. */
  async prepare(clip: string): Promise<{ ready: boolean; share: number }> {
    const target = await this.#target(clip);
    if (await isThere(target)) return { ready: true, share: 1 };
    const making = this.#making.get(target) ?? this.#start(clip, target);
    if (making.failure === undefined) return { ready: false, share: making.share };
    this.#making.delete(target);
    throw toAppError(making.failure);
  }

  /** @throws AppError `not_found` until it is ready */
  async file(clip: string): Promise<string> {
    const target = await this.#target(clip);
    if (await isThere(target)) return target;
    throw new AppError("not_found", "The copy for playback is not ready. Ask for it first.");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { abort, done } of this.#making.values()) {
      abort.abort();
      await done;
    }
  }

  #start(clip: string, target: string): Making {
    const abort = new AbortController();
    const work = async (): Promise<void> => {
      await makeFolder(this.#folder, 0o777);
      const options = { ...(await this.#media()), signal: abort.signal };
      const { durationMs } = await probeMedia(clip, options);
      const onProgress = (timeMs: number): void => {
        making.share = Math.min(timeMs / Math.max(durationMs, 1), 0.99);
      };
      await this.#make(clip, target, { ...options, onProgress });
      this.#making.delete(target);
    };
    const making: Making = { abort, share: 0, done: Promise.resolve() };
    this.#making.set(target, making);
    const done = work().catch((error: unknown) => {
      making.failure = error;
    });
    this.#making.set(target, Object.assign(making, { done }));
    return making;
  }

  async #target(clip: string): Promise<string> {
    const { size, mtimeMs } = await stat(clip);
    const key = createHash("sha256").update(`${clip}\n${size}\n${mtimeMs}`).digest("hex").slice(0, 32);
    return path.join(this.#folder, `${key}.mp4`);
  }
}
