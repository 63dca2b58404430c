import { createHash } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { AppError, toAppError } from "../../shared/errors.ts";
import type { AnalysisService } from "../analysis/service.ts";
import { toolsOf } from "../analysis/tools.ts";
import type { Config } from "../config.ts";
import { isThere } from "../missing.ts";
import { makeFolder } from "../store/files.ts";

/** Where a copy lies, and the clip that it is made of, which is looked for when it has to be made. */
export interface PlaybackCopy {
  readonly file: string;
  /** @throws AppError where it is not there, or may not be read */
  readonly clip: () => Promise<string>;
}

/** The copy of an analysed clip lies beside its results and goes with them. @throws AppError of {@link AnalysisService.results} */
export async function copyOfAnalysis(service: AnalysisService, id: string): Promise<PlaybackCopy> {
  return {
    file: path.join(await service.results(id), "playback.mp4"),
    clip: async () => service.roots.resolve((await service.get(id)).mediaPath),
  };
}

/** The copy of any other clip lies in the data folder, and is found again by path, size and time of the clip. */
export async function copyOfClip({ dataDir }: Pick<Config, "dataDir">, clip: string): Promise<PlaybackCopy> {
  const { size, mtimeMs } = await stat(clip);
  const key = createHash("sha256").update(`${clip}\n${size}\n${mtimeMs}`).digest("hex").slice(0, 32);
  return { file: path.join(dataDir, "copies", `${key}.mp4`), clip: () => Promise.resolve(clip) };
}

interface Making {
  readonly done: Promise<void>;
  readonly abort: AbortController;
  share: number;
  failure?: unknown;
}

/** Copies of clips that every player understands, made when a player asks, one at a time: the next waits for it. */
export class PlaybackCopies implements AsyncDisposable {
  readonly #config: Config;
  readonly #making = new Map<string, Making>();
  #last: Promise<void> = Promise.resolve();

  constructor(config: Config) {
    this.#config = config;
  }

  /**
   * Starts to make the copy unless it is there or on its way; tells a failure once.
   * @throws AppError of the clip and its media.
   */
  async prepare({ file, clip }: PlaybackCopy): Promise<{ ready: boolean; share: number }> {
    if (await isThere(file)) return { ready: true, share: 1 };
    const making = this.#making.get(file) ?? this.#start(file, await clip());
    if (making.failure !== undefined) {
      this.#making.delete(file);
      throw toAppError(making.failure);
    }
    return { ready: false, share: making.share };
  }

  /** @throws AppError `not_found` until it is ready. */
  async file({ file }: PlaybackCopy): Promise<string> {
    if (await isThere(file)) return file;
    throw new AppError("not_found", "The copy for playback is not ready. Ask for it first.");
  }

  /** Ends the making of a copy, before its folder goes. */
  async stop({ file }: PlaybackCopy): Promise<void> {
    const making = this.#making.get(file);
    making?.abort.abort();
    await making?.done;
    this.#making.delete(file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { abort } of this.#making.values()) abort.abort();
    await this.#last;
  }

  #start(file: string, clip: string): Making {
    // While the clip was looked for somebody else may have asked too.
    const there = this.#making.get(file);
    if (there !== undefined) return there;
    const abort = new AbortController();
    const work = async (): Promise<void> => {
      abort.signal.throwIfAborted();
      const { makeProxy } = await import("./proxy.ts");
      const { probeMedia } = await import("../media/probe.ts");
      const options = { ffmpeg: await toolsOf(this.#config), signal: abort.signal };
      await makeFolder(path.dirname(file), 0o777);
      await removeUnfinished(file);
      const media = await probeMedia(clip, options);
      const onProgress = (timeMs: number): void => {
        making.share = Math.min(timeMs / Math.max(media.durationMs, 1), 0.99);
      };
      await makeProxy(clip, media, file, { ...options, onProgress });
      this.#making.delete(file);
    };
    const done = this.#last.then(work).catch((error: unknown) => {
      making.failure = error;
    });
    const making: Making = { done, abort, share: 0 };
    this.#last = done;
    this.#making.set(file, making);
    return making;
  }
}

/** What a copy that was cut short by a crash leaves behind. */
async function removeUnfinished(file: string): Promise<void> {
  const [folder, begin] = [path.dirname(file), `.${path.basename(file)}.`];
  for (const name of await readdir(folder))
    if (name.startsWith(begin) && name.endsWith(".part")) await rm(path.join(folder, name), { force: true });
}
