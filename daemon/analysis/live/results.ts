import type { AnalysisConfig } from "../../../shared/protocol/analysisConfig.ts";
import type {
  Analysis,
  AnalysisEvent,
  FrameLine,
  FusedLine,
  SpeechLine,
} from "../../../shared/protocol/results.ts";
import { EventFinder } from "../events.ts";
import { MagnificationNotes } from "../magnificationNotes.ts";
import { ResultFiles } from "../resultFiles.ts";
import { TrackSums } from "../tracks.ts";
import { round } from "../../pipelines/frameLine.ts";
import type { SpeechStep } from "../../pipelines/speech.ts";
import { melLine } from "../run.ts";
import { FusedSums, VoiceSums } from "../voiceSums.ts";

/** What {@link LiveResults.finish} cannot know by itself. */
export type Circumstances = Pick<
  Analysis,
  "id" | "pipeline" | "media" | "device" | "models" | "versions" | "clips"
> & {
  readonly config: AnalysisConfig;
  readonly startedAt: Date;
  readonly stages: Analysis["run"]["stages"];
  /** Sound was listened to. */
  readonly hears: boolean;
  readonly withoutClip: number;
  readonly notes: readonly string[];
};

/** The results of a live run from the start of its recording on, on the recording's clock. Dispose of it in any case. */
export class LiveResults implements AsyncDisposable {
  readonly #files: ResultFiles;
  readonly #sums = new TrackSums();
  readonly #events = new EventFinder();
  readonly #magnified = new MagnificationNotes();
  readonly #voice = new VoiceSums();
  readonly #fusion = new FusedSums();
  readonly #segments: AnalysisEvent[] = [];
  readonly #count = { frames: 0, framesWithFace: 0, framesLowQuality: 0 };
  #startMs: number | undefined;
  #firstIndex: number | undefined;
  /** What came before it was known where the recording begins. */
  #early: (() => Promise<void>)[] = [];

  private constructor(files: ResultFiles) {
    this.#files = files;
  }

  static async create(dir: string): Promise<LiveResults> {
    return new LiveResults(await ResultFiles.create(dir));
  }

  /** Says where the recording begins on the session's clock. Lines before it are left out. */
  async begin(startMs: number): Promise<void> {
    if (this.#startMs !== undefined) return;
    this.#startMs = startMs;
    for (const write of this.#early.splice(0)) await write();
  }

  frame(line: FrameLine, cut: boolean, events: readonly AnalysisEvent[]): Promise<void> {
    return this.#when(line.timeMs, async (startMs) => {
      this.#firstIndex ??= line.index;
      const timeMs = round(line.timeMs - startMs, 3);
      const shifted = { ...line, index: line.index - this.#firstIndex, timeMs };
      this.#sums.push(shifted);
      this.#events.push(
        shifted,
        cut,
        events.map((event) => shift(event, startMs)),
      );
      this.#magnified.push(shifted);
      this.#count.frames++;
      if (line.state !== "no_face") this.#count.framesWithFace++;
      if (line.state === "low_quality") this.#count.framesLowQuality++;
      await this.#files.write("frames.jsonl", shifted);
    });
  }

  /** A step of speech, with the line of the segment that ends with it. */
  sound(step: SpeechStep, line: SpeechLine | undefined): Promise<void> {
    return this.#when(step.startMs, async (startMs) => {
      const { mel } = step;
      this.#voice.push(step, line);
      if (line !== undefined) await this.#files.write("speech.jsonl", shift(line, startMs));
      const shifted = { ...step, mel: { ...mel, startMs: round(mel.startMs - startMs, 3) } };
      await this.#files.write("mel.jsonl", melLine(shifted));
    });
  }

  fused(line: FusedLine): Promise<void> {
    return this.#when(line.timeMs, async (startMs) => {
      this.#fusion.push(line);
      await this.#files.write("fused.jsonl", { ...line, timeMs: round(line.timeMs - startMs, 3) });
    });
  }

  /** A prompt or an answer of an interview. */
  segment(event: AnalysisEvent): Promise<void> {
    return this.#when(event.endMs, (startMs) => {
      const { startMs: from, ...rest } = shift(event, startMs);
      this.#segments.push({ ...rest, startMs: Math.max(0, from) });
      return Promise.resolve();
    });
  }

  /** Writes everything, `analysis.json` last. */
  async finish(circumstances: Circumstances): Promise<Analysis> {
    const { startedAt, stages, config, hears, withoutClip, notes, ...rest } = circumstances;
    const found = [...this.#events.finish(), ...this.#segments].sort((a, b) => a.startMs - b.startMs);
    const finishedAt = new Date();
    const seconds = (finishedAt.getTime() - startedAt.getTime()) / 1000;
    const analysis: Analysis = {
      schemaVersion: 1,
      ...rest,
      config: { ...config },
      seed: config.seed,
      run: {
        startedAt: startedAt.toISOString(),
        finishedAt: finishedAt.toISOString(),
        framesPerSecond: seconds > 0 ? round(this.#count.frames / seconds, 1) : 0,
        stages,
      },
      tracks: this.#sums.finish(found).map((track) => ({ ...track, ...this.#fusion.of(track.id) })),
      ...(hears && { voice: this.#voice.finish() }),
      events: found,
      summary: {
        ...this.#count,
        speechSegments: this.#voice.segments,
        notes: [...notes, ...this.#magnified.finish(withoutClip)],
      },
      resultSha256: await this.#files.seal(),
    };
    await this.#files.commit(analysis);
    return analysis;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }

  /** Does `work` now, or when the start is known; not for what lies before it. */
  async #when(timeMs: number, work: (startMs: number) => Promise<void>): Promise<void> {
    const write = async () => {
      if (timeMs >= this.#startMs!) await work(this.#startMs!);
    };
    if (this.#startMs === undefined) this.#early.push(write);
    else await write();
  }
}

function shift<T extends { startMs: number; endMs: number; apexMs?: number | undefined }>(
  item: T,
  byMs: number,
): T {
  return {
    ...item,
    startMs: round(item.startMs - byMs, 3),
    endMs: round(item.endMs - byMs, 3),
    ...(item.apexMs !== undefined && { apexMs: round(item.apexMs - byMs, 3) }),
  };
}
