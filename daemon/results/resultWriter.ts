import type { AnalysisConfig } from "../../shared/protocol/analysisConfig.ts";
import type { MelLine } from "../../shared/protocol/mel.ts";
import type { Analysis, AnalysisEvent, FusedLine, SpeechLine } from "../../shared/protocol/results.ts";
import type { SpeechStep } from "../pipelines/speech.ts";
import type { Ending } from "../pipelines/pipeline.ts";
import type { VisualFrame } from "../pipelines/seen.ts";
import { CrowdNotes } from "./crowdNotes.ts";
import { EventFinder } from "./events.ts";
import { MagnificationNotes } from "./magnificationNotes.ts";
import { ResultFiles } from "./resultFiles.ts";
import { TrackSums } from "./tracks.ts";
import { FusedSums, HeardVoices, VoiceSums } from "./voiceSums.ts";

/** What {@link ResultWriter.finish} cannot know from the lines. */
export type Circumstances = Pick<Analysis, "id" | "pipeline" | "media" | "device" | "models" | "versions"> & {
  readonly config: AnalysisConfig;
  readonly run: Omit<Analysis["run"], "startedAt" | "finishedAt"> & { readonly startedAt: Date };
  /** Stored clips of faces; absent of pipelines that store none. */
  readonly clips?: Analysis["clips"];
  /** Sound was listened to. */
  readonly hears: boolean;
  /** What the pipeline says at its end. */
  readonly ending?: Ending | undefined;
  /** Events that no frame tells. */
  readonly moreEvents?: readonly AnalysisEvent[];
  /** What a user should know. */
  readonly notes: readonly string[];
};

/**
 * Writes the results of a clip or of a live recording line by line, and at the end `analysis.json` with what the lines
 * add up to. Memory does not grow with the clip. Dispose of it in any case: what was not finished is removed.
 */
export class ResultWriter implements AsyncDisposable {
  readonly #files: ResultFiles;
  readonly #tracks = new TrackSums();
  readonly #events = new EventFinder();
  readonly #magnified = new MagnificationNotes();
  readonly #crowd = new CrowdNotes();
  readonly #voice = new VoiceSums();
  /** They are written at the end, when it is known whose voice they are: 7,200 an hour. */
  readonly #spoken: SpeechLine[] = [];
  readonly #fusion = new FusedSums();
  readonly #count = { frames: 0, framesWithFace: 0, framesLowQuality: 0 };

  private constructor(files: ResultFiles) {
    this.#files = files;
  }

  /** @throws AppError `invalid_path` when the folder cannot be written. */
  static async create(dir: string): Promise<ResultWriter> {
    return new ResultWriter(await ResultFiles.create(dir));
  }

  get frames(): number {
    return this.#count.frames;
  }

  /** @param moving false for a picture that is no part of a clip: it has no events */
  async frame(frame: VisualFrame, moving = true): Promise<void> {
    const { line, cut, events } = frame;
    this.#crowd.push(frame);
    this.#tracks.push(line);
    if (moving) this.#events.push(line, cut, events);
    this.#magnified.push(line);
    this.#count.frames++;
    if (line.state !== "no_face") this.#count.framesWithFace++;
    if (line.state === "low_quality") this.#count.framesLowQuality++;
    await this.#files.write("frames.jsonl", line);
  }

  /** A step of speech, with the line of the segment that ends with it. */
  async sound(step: SpeechStep, line: SpeechLine | undefined): Promise<void> {
    this.#voice.push(step, line);
    if (line !== undefined) this.#spoken.push(line);
    await this.#files.write("mel.jsonl", melLine(step));
  }

  async fused(line: FusedLine): Promise<void> {
    this.#fusion.push(line);
    await this.#files.write("fused.jsonl", line);
  }

  /**
   * Writes everything, `analysis.json` last.
   * @throws AppError `disk_full`; the reason of `signal` until the files get their names.
   */
  async finish(circumstances: Circumstances, signal?: AbortSignal): Promise<Analysis> {
    const { config, run, clips, hears, ending, moreEvents = [], notes } = circumstances;
    const { id, pipeline, media, device, models, versions } = circumstances;
    const events = [...this.#events.finish(), ...moreEvents].sort((a, b) => a.startMs - b.startMs);
    const voices = ending?.turns && new HeardVoices(ending.turns);
    for (const measured of this.#spoken) {
      const line = voices?.told(measured) ?? measured;
      voices?.add(line);
      await this.#files.write("speech.jsonl", line);
    }
    const resultSha256 = await this.#files.seal();
    const tracks = this.#tracks.finish(events);
    const analysis: Analysis = {
      schemaVersion: 1,
      ...{ id, pipeline, media, config: { ...config }, device, models, seed: config.seed, versions },
      run: {
        startedAt: run.startedAt.toISOString(),
        finishedAt: new Date().toISOString(),
        framesPerSecond: run.framesPerSecond,
        stages: run.stages,
      },
      tracks: tracks.map((track) => ({
        ...{ ...track, ...this.#fusion.of(track.id), ...ending?.tracks.get(track.id) },
      })),
      ...(hears && { voice: this.#voice.finish() }),
      ...(voices && { voices: voices.finish() }),
      ...(clips && { clips }),
      events,
      summary: {
        ...this.#count,
        speechSegments: this.#voice.segments,
        notes: [
          ...notes,
          ...this.#crowd.finish(config.maxFaces),
          ...tracks.flatMap(({ id, still }) =>
            still === true
              ? [
                  `Face ${id} never moves and never blinks: it is a picture, most likely. Studies leave it out.`,
                ]
              : [],
          ),
          ...this.#magnified.finish(),
          ...(ending?.notes ?? []),
        ],
      },
      resultSha256,
    };
    signal?.throwIfAborted();
    await this.#files.commit(analysis);
    return analysis;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }
}

function melLine({ mel }: SpeechStep): MelLine {
  return { startMs: mel.startMs, columns: Buffer.from(mel.bytes).toString("base64") };
}
