import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { AppError, toAppError } from "../../shared/errors.ts";
import type { Config } from "../config.ts";
import type { AnalysisService } from "../analysis/service.ts";
import { toolsOf } from "../analysis/tools.ts";
import { isThere } from "../missing.ts";

const copyName = "playback.mp4";
/** What a copy that was cut short by a crash leaves behind. */
const unfinished = /^\.playback\.mp4\..*\.part$/;

interface Making {
  readonly done: Promise<void>;
  readonly abort: AbortController;
  share: number;
  failure?: unknown;
}

/**
 * Copies of clips that every player understands. They are made when a player asks, lie beside the results and go with them.
 * The clip has to be in a granted folder, as for the clip itself.
 */
export class PlaybackCopies implements AsyncDisposable {
  readonly #service: AnalysisService;
  readonly #config: Config;
  readonly #making = new Map<string, Making>();
  /** One copy at a time: the next waits for it. */
  #last: Promise<void> = Promise.resolve();

  constructor(service: AnalysisService, config: Config) {
    this.#service = service;
    this.#config = config;
  }

  /**
   * Starts to make the copy unless it is there or on its way; tells a failure once.
   * @throws AppError of {@link AnalysisService.results}, and of the media.
   */
  async prepare(id: string): Promise<{ ready: boolean; share: number }> {
    const folder = await this.#service.results(id);
    if (await isThere(path.join(folder, copyName))) return { ready: true, share: 1 };
    const mediaPath = await this.#service.roots.resolve((await this.#service.get(id)).mediaPath);
    const making = this.#making.get(id) ?? this.#start(id, folder, mediaPath);
    if (making.failure !== undefined) {
      this.#making.delete(id);
      throw toAppError(making.failure);
    }
    return { ready: false, share: making.share };
  }

  /** @throws AppError `not_found` until it is ready. */
  async file(id: string): Promise<string> {
    const file = path.join(await this.#service.results(id), copyName);
    if (await isThere(file)) return file;
    throw new AppError("not_found", "The copy for playback is not ready. Ask for it first.");
  }

  /** Ends the making of a copy, before its folder goes. */
  async stop(id: string): Promise<void> {
    const making = this.#making.get(id);
    making?.abort.abort();
    await making?.done;
    this.#making.delete(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#making.keys()].map((id) => this.stop(id)));
  }

  #start(id: string, folder: string, mediaPath: string): Making {
    const abort = new AbortController();
    const work = async (): Promise<void> => {
      abort.signal.throwIfAborted();
      const { makeProxy } = await import("./proxy.ts");
      const { probeMedia } = await import("../media/probe.ts");
      const options = { ffmpeg: await toolsOf(this.#config), signal: abort.signal };
      for (const name of (await readdir(folder)).filter((entry) => unfinished.test(entry)))
        await rm(path.join(folder, name), { force: true });
      const media = await probeMedia(mediaPath, options);
      const onProgress = (timeMs: number): void => {
        making.share = Math.min(timeMs / Math.max(media.durationMs, 1), 0.99);
      };
      await makeProxy(mediaPath, media, path.join(folder, copyName), { ...options, onProgress });
      this.#making.delete(id);
    };
    const done = this.#last.then(work).catch((error: unknown) => {
      making.failure = error;
    });
    const making: Making = { done, abort, share: 0 };
    this.#last = done;
    this.#making.set(id, making);
    return making;
  }
}
