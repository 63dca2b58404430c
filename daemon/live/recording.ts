import { writeFile } from "node:fs/promises";
import path from "node:path";
import { makeFolder } from "../store/files.ts";
import { aboutPipeline, faceClipKind } from "../../shared/protocol/pipelines.ts";
import type { Analysis } from "../../shared/protocol/results.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import type { AudioChunk, Frame } from "../media/frame.ts";
import { probeMedia } from "../media/probe.ts";
import { Recorder } from "../capture/recorder.ts";
import { parseConfig } from "../analysis/config.ts";
import { FaceClips } from "../results/faceClips.ts";
import { hashFile } from "../media/hashFile.ts";
import type { LiveRunRequest } from "./events.ts";
import { pageRecordingEnding } from "./pageRecording.ts";
import { LiveResults, type LiveCircumstances } from "./results.ts";
import type { OpenSource } from "./source.ts";

const recordingEnding = ".mkv";

interface Context {
  readonly ffmpeg: Ffmpeg;
  readonly source: OpenSource;
  /** It is known where the recording begins, or it has ended. */
  readonly onChange: (recording: LiveRecording) => void;
  /** See {@link LiveContext.known}. */
  readonly known: Promise<void> | undefined;
}

/** The recording of a live run: media as they come, frames dropped by the pipeline included, and the results. */
export class LiveRecording implements AsyncDisposable {
  readonly path: string;
  readonly results: LiveResults;
  readonly #ofPage: boolean;
  readonly #context: Context;
  readonly #clips: FaceClips | undefined;
  #recorder: Recorder | undefined;
  #starting: Promise<void> | undefined;
  #startMs: number | undefined;
  #on = true;

  private constructor(request: LiveRunRequest, context: Context, results: LiveResults) {
    this.#ofPage = request.source.kind === "page";
    this.path = path.join(
      request.recordingDir,
      request.recordingStem + (this.#ofPage ? pageRecordingEnding : recordingEnding),
    );
    this.results = results;
    this.#context = context;
    const { ffmpeg, source } = context;
    const { signal } = new AbortController();
    const { faceView } = aboutPipeline(request.pipeline);
    this.#clips =
      faceView &&
      new FaceClips(request.resultsDir, {
        ...faceClipKind(request.pipeline, parseConfig(request.config)),
        ...{ name: faceView.name, frameRate: source.frameRate, ffmpeg, signal },
      });
  }

  /** @throws AppError `invalid_path` */
  static async create(request: LiveRunRequest, context: Context): Promise<LiveRecording> {
    await makeFolder(request.resultsDir);
    return new LiveRecording(request, context, await LiveResults.create(request.resultsDir));
  }

  get on(): boolean {
    return this.#on;
  }
  /** Where it begins on the session's clock, once that is known. */
  get startMs(): number | undefined {
    return this.#startMs;
  }
  get frames(): number {
    return this.#recorder?.frames ?? 0;
  }

  /** Of a page: its recording begins at `startMs`. */
  async begin(startMs: number): Promise<void> {
    if (this.#startMs !== undefined) return;
    this.#startMs = startMs;
    this.#context.onChange(this);
    await this.#context.known;
    await this.results.begin(startMs);
  }

  async picture(frame: Frame): Promise<void> {
    if (!this.#on || this.#ofPage) return;
    await this.#start(frame.timeMs, frame);
    this.#recorder?.picture(frame.data, frame.timeMs - this.#startMs!);
  }

  async sound({ samples, timeMs }: AudioChunk): Promise<void> {
    if (!this.#on || this.#ofPage) return;
    if (this.#context.source.pictures === undefined) await this.#start(timeMs);
    await this.#starting;
    if (this.#startMs !== undefined) this.#recorder?.sound(samples, timeMs - this.#startMs);
  }

  /** A face as it was and as the pipeline shows it; see {@link FaceClips}. */
  async face(track: number, original: Frame, shown: Frame): Promise<void> {
    if (this.#startMs === undefined || !this.results.holds(original.timeMs)) return;
    await this.#clips?.write(track, { ...original, timeMs: original.timeMs - this.#startMs }, shown);
  }

  /**
   * Records no more. What came until `endMs`, on the session's clock, still gets its results while it is on its way
   * through the pipeline; what comes later gets none.
   */
  stop(endMs = Infinity): void {
    if (!this.#on) return;
    this.#on = false;
    this.results.end(endMs);
    this.#recorder?.end();
    if (this.#startMs !== undefined) this.#context.onChange(this);
  }

  /** Completes the media and the results; undefined when nothing came. */
  async finish(circumstances: Omit<LiveCircumstances, "media" | "clips">): Promise<Analysis | undefined> {
    this.stop();
    await this.#recorder?.close();
    if (this.#startMs === undefined) return undefined;
    const { ffmpeg } = this.#context;
    const media = { ...(await probeMedia(this.path, { ffmpeg })), sha256: await hashFile(this.path) };
    const clips = await this.#clips?.close({ mediaPath: this.path, media });
    return await this.results.finish({
      ...circumstances,
      media,
      ...(clips && { clips }),
      notes: [...circumstances.notes, ...(this.#clips?.notes ?? [])],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#recorder?.[Symbol.asyncDispose]();
    await this.#clips?.[Symbol.asyncDispose]();
    await this.results[Symbol.asyncDispose]();
  }

  async #start(timeMs: number, picture?: Frame): Promise<void> {
    this.#starting ??= this.#open(timeMs, picture);
    await this.#starting;
  }

  async #open(timeMs: number, picture?: Frame): Promise<void> {
    const { ffmpeg, source } = this.#context;
    await this.begin(timeMs);
    await makeFolder(path.dirname(this.path));
    // For this user's eyes only; ffmpeg writes into the file that is there.
    await writeFile(this.path, "", { mode: 0o600 });
    this.#recorder = new Recorder(this.path, { ffmpeg, picture, sampleRateHz: source.sampleRateHz });
  }
}
