import type { Analysis, AnalysisEvent, FusedLine, SpeechLine } from "../../shared/protocol/results.ts";
import { round } from "../../shared/round.ts";
import type { SpeechStep } from "../pipelines/speech.ts";
import type { VisualFrame } from "../pipelines/seen.ts";
import { ResultWriter, type Circumstances } from "../results/resultWriter.ts";

/** What {@link LiveResults.finish} cannot know by itself. */
export type LiveCircumstances = Omit<Circumstances, "run" | "moreEvents"> & {
  readonly run: Omit<Circumstances["run"], "framesPerSecond">;
};

/**
 * The results of a live run from the start of its recording to its end, on the recording's clock. Dispose of it in any
 * case.
 */
export class LiveResults implements AsyncDisposable {
  readonly #writer: ResultWriter;
  readonly #segments: AnalysisEvent[] = [];
  #startMs: number | undefined;
  #endMs = Infinity;
  #firstIndex: number | undefined;
  /** What came before it was known where the recording begins. */
  #early: (() => Promise<void>)[] = [];
  /** Fulfilled when everything early is written. */
  #caughtUp: Promise<void> = Promise.resolve();

  private constructor(writer: ResultWriter) {
    this.#writer = writer;
  }

  static async create(dir: string): Promise<LiveResults> {
    return new LiveResults(await ResultWriter.create(dir));
  }

  /** Says where the recording begins on the session's clock. Lines before it are left out. */
  async begin(startMs: number): Promise<void> {
    if (this.#startMs !== undefined) return;
    this.#startMs = startMs;
    this.#caughtUp = (async () => {
      for (const write of this.#early.splice(0)) await write();
    })();
    await this.#caughtUp;
  }

  /** Says where it ends. Lines after it are left out; those of what came before may still come. */
  end(endMs: number): void {
    this.#endMs = Math.min(this.#endMs, endMs);
  }

  /** Whether a moment of the session's clock is recorded. */
  holds(timeMs: number): boolean {
    return this.#startMs !== undefined && timeMs >= this.#startMs && timeMs <= this.#endMs;
  }

  frame({ line, cut, events, ...more }: VisualFrame): Promise<void> {
    return this.#when(line.timeMs, line.timeMs, async (startMs) => {
      this.#firstIndex ??= line.index;
      const timeMs = round(line.timeMs - startMs, 3);
      await this.#writer.frame({
        ...more,
        line: { ...line, index: line.index - this.#firstIndex, timeMs },
        cut,
        events: events.map((event) => shift(event, startMs)),
      });
    });
  }

  /** A step of speech, with the line of the segment that ends with it. */
  sound(step: SpeechStep, line: SpeechLine | undefined): Promise<void> {
    return this.#when(step.startMs, step.endMs, async (startMs) => {
      const mel = { ...step.mel, startMs: round(step.mel.startMs - startMs, 3) };
      await this.#writer.sound({ ...step, mel }, line && shift(line, startMs));
    });
  }

  fused(line: FusedLine): Promise<void> {
    return this.#when(line.timeMs, line.timeMs, async (startMs) => {
      await this.#writer.fused({ ...line, timeMs: round(line.timeMs - startMs, 3) });
    });
  }

  /** A prompt or an answer of an interview; of one that is recorded in part, that part. */
  segment(event: AnalysisEvent): Promise<void> {
    return this.#when(event.endMs, event.startMs, (startMs) => {
      const from = Math.max(event.startMs, startMs);
      const to = Math.min(event.endMs, this.#endMs);
      this.#segments.push(shift({ ...event, startMs: from, endMs: to }, startMs));
      return Promise.resolve();
    });
  }

  /** Writes everything, `analysis.json` last. */
  async finish(circumstances: LiveCircumstances): Promise<Analysis> {
    await this.#caughtUp;
    const { run } = circumstances;
    const seconds = (Date.now() - run.startedAt.getTime()) / 1000;
    const framesPerSecond = seconds > 0 ? round(this.#writer.frames / seconds, 1) : 0;
    return await this.#writer.finish({
      ...circumstances,
      run: { ...run, framesPerSecond },
      moreEvents: this.#segments,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer[Symbol.asyncDispose]();
  }

  /**
   * Does `work` when the start is known, after what came before; only if `afterStartMs` is not before the start of the
   * recording and `beforeEndMs` is not after its end.
   */
  async #when(
    afterStartMs: number,
    beforeEndMs: number,
    work: (startMs: number) => Promise<void>,
  ): Promise<void> {
    if (beforeEndMs > this.#endMs) return;
    const write = async () => {
      if (afterStartMs >= this.#startMs!) await work(this.#startMs!);
    };
    if (this.#startMs === undefined) {
      this.#early.push(write);
      return;
    }
    await this.#caughtUp;
    await write();
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
