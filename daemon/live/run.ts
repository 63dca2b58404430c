import { AppError, isAppError, toAppError } from "../../shared/errors.ts";
import type { AnalysisEvent } from "../../shared/protocol/results.ts";
import { describeNetworks, versions } from "../analysis/run.ts";
import { StageTimes } from "../analysis/stageTimes.ts";
import { Newest } from "../capture/newest.ts";
import type { Models } from "../inference/models.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import type { AudioChunk, Frame } from "../media/frame.ts";
import { decodeJpeg } from "../media/jpeg.ts";
import { OffsetRemover, offsetNote, withoutOffset } from "../media/offset.ts";
import { mediaLimits } from "../media/limits.ts";
import { calibrationNotes } from "../pipelines/gazeCalibration.ts";
import { pipelineKinds } from "../pipelines/list.ts";
import type { Moment } from "../pipelines/moment.ts";
import type { OnFaceView } from "../pipelines/pipeline.ts";
import type { VisualFrame } from "../pipelines/seen.ts";
import { live } from "../pipelines/timing.ts";
import { EventFinder } from "../results/events.ts";
import type { Arrival } from "./arrival.ts";
import { liveConfig } from "./config.ts";
import type { LiveCounts, LiveEnd, LiveEvent, LiveRunRequest } from "./events.ts";
import { PageSource } from "./pageSource.ts";
import { LiveRecording } from "./recording.ts";
import { openSource, type OpenSource } from "./source.ts";
import { Views } from "./views.ts";
import { counted } from "../../shared/text/counted.ts";

export interface LiveContext {
  readonly models: Models;
  readonly ffmpeg: Ffmpeg;
  readonly tell: (event: LiveEvent) => void;
  /** Fulfilled when the recording that was just told is known; its first byte waits for that. */
  readonly known?: Promise<void> | undefined;
}

/**
 * A source through a pipeline, as it comes: the stages are those of a recorded clip, in front of them is a place for one
 * frame. Results are told one by one, and stay only as part of a recording.
 */
export class LiveRun {
  /** Where a capture page's pictures and sound go. */
  readonly page = new PageSource();
  /** Makes pictures for those who look on. */
  readonly views: Views;
  /** Fulfilled, never rejected, when everything is complete. */
  readonly ended: Promise<LiveEnd>;
  readonly #request: LiveRunRequest;
  readonly #context: LiveContext;
  readonly #stop = new AbortController();
  readonly #startedAt = new Date();
  readonly #waiting: Newest<Waiting>;
  readonly #spare: Uint8Array[] = [];
  readonly #events = new EventFinder();
  readonly #offset = new OffsetRemover(1);
  #framesIn = 0;
  #heard = false;
  /** How far pictures and sound have come, on the session's clock. */
  #cameMs = 0;
  /** What {@link fail} was told. */
  #failure: AppError | undefined;
  #source: OpenSource | undefined;
  #recording: LiveRecording | undefined;
  /** Where a page's recording begins; a page may say so before the networks are loaded. */
  #pageStartMs: number | undefined;
  /** What was told so far; those of before a recording are not in its results. */
  readonly #segments: AnalysisEvent[] = [];
  #switching: Promise<void> = Promise.resolve();

  constructor(request: LiveRunRequest, context: LiveContext) {
    this.#request = request;
    this.#context = context;
    this.views = new Views(context.tell);
    this.#waiting = new Newest(1, (waiting) => {
      if ("frame" in waiting) this.#spare.push(waiting.frame.data);
    });
    this.ended = this.#run().catch((error: unknown): LiveEnd => {
      const { code, message } = toAppError(error);
      return { counts: this.#counts, failure: { code, message } };
    });
  }

  /** Ends the source; what was captured is still analysed. */
  stop(): void {
    this.#stop.abort();
    this.page.end();
  }

  /** Ends the run; its end tells of this failure. */
  fail(error: unknown): void {
    this.#failure ??= toAppError(error);
    this.stop();
  }

  /**
   * Begins to record, once, or ends it.
   * @throws AppError `conflict` when it was ended already or the source is not open, `invalid_path`
   */
  async record(on: boolean): Promise<void> {
    const switched = this.#switching.then(() => this.#switch(on));
    this.#switching = switched.catch(() => undefined);
    await switched;
  }

  /** Says where the recording of a page begins on its clock. */
  async beginRecording(startMs: number): Promise<void> {
    await this.#switching;
    this.#pageStartMs = startMs;
    await this.#recording?.begin(startMs);
  }

  /** A prompt or an answer of an interview. */
  async segment(event: AnalysisEvent): Promise<void> {
    this.#context.tell({ kind: "events", events: [event] });
    // A page may ask while the networks are still being loaded: its recording has begun all the same.
    this.#segments.push(event);
    await this.#recording?.results.segment(event);
  }

  get #counts(): LiveCounts {
    return {
      framesIn: this.#framesIn,
      dropped: this.#waiting.dropped,
      framesRecorded: this.#recording?.frames ?? 0,
    };
  }

  async #run(): Promise<LiveEnd> {
    const { ffmpeg, models, tell } = this.#context;
    const { pipeline: name } = this.#request;
    const config = liveConfig(name, this.#request.config);
    const { networks, open } = await pipelineKinds[name].load(models, config.networks, "live");
    const times = new StageTimes();
    const { signal } = this.#stop;
    // The source runs as soon as it is open: everything that takes its time came before.
    const { maxHeight, audioTrack } = config;
    const voice = networks.find(({ entry }) => entry.task === "voice");
    const options = { ffmpeg, signal, maxHeight, audioTrack, voice, page: this.page };
    this.#source = await openSource(this.#request.source, options);
    const { pictures, frameRate } = this.#source;
    const sound = this.#listen(this.#source.sound);
    try {
      const onFaceView: OnFaceView = async (track, original, shown, moved) => {
        this.views.face(track, original, shown, moved);
        await this.#recording?.face(track, original, shown);
      };
      const pipeline = open({ ...config, frameRate, timing: live, onFaceView }, times);
      const hears = pipeline.soundRateHz !== undefined;
      if (this.#request.record) await this.record(true);
      tell({ kind: "running" });
      // Sound that the pipeline does not hear is recorded all the same.
      const inputs = [this.#receive(pictures), ...(hears ? [] : [drain(sound)])].map((input) =>
        input.catch((error: unknown) => {
          this.stop();
          if (!isAbort(error)) throw error;
        }),
      );
      for (const input of inputs) input.catch(() => undefined);
      try {
        const arrivals: number[] = [];
        const input = { frames: this.#frames(arrivals), ...(hears && { sound }) };
        for await (const moment of pipeline.moments(input)) await this.#take(moment, arrivals);
      } catch (error) {
        this.stop();
        throw error;
      }
      await Promise.all(inputs);
      if (this.#failure !== undefined) throw this.#failure;
      // What a pipeline says at the end is of all that it saw; a recording begins later. Its analysis says it.
      const analysis = await this.#recording?.finish({
        id: this.#request.id,
        pipeline: name,
        config,
        device: { provider: networks[0]!.provider, fallThrough: [...models.fallThrough] },
        models: describeNetworks(networks),
        versions: versions(ffmpeg),
        run: { startedAt: this.#startedAt, stages: times.report() },
        hears: hears && this.#heard,
        notes: [...this.#notes(), ...calibrationNotes(config, networks)],
      });
      return { counts: this.#counts, analysis };
    } finally {
      await this.#recording?.[Symbol.asyncDispose]();
    }
  }

  /** Takes pictures as they come: to the recording, then to the place where the pipeline fetches them. */
  async #receive(pictures: OpenSource["pictures"]): Promise<void> {
    try {
      for await (const picture of pictures ?? []) {
        if (picture.timeMs > mediaLimits.maxDurationMs) {
          this.stop();
          return;
        }
        const index = this.#framesIn++;
        this.#cameMs = Math.max(this.#cameMs, picture.timeMs);
        if ("jpeg" in picture) {
          this.#waiting.put({ ...picture, index });
          continue;
        }
        const { frame } = picture;
        await this.#recording?.picture(frame);
        const data = this.#spare.pop() ?? new Uint8Array(frame.data.length);
        data.set(frame.data);
        this.#waiting.put({ ...picture, index, frame: { ...frame, index, data } });
      }
    } finally {
      this.#waiting.end();
    }
  }

  /** Sound as it comes: to the recording, then to those who look on and to the pipeline. Its failure ends the run. */
  async *#listen(sound: OpenSource["sound"]): AsyncGenerator<AudioChunk, void, undefined> {
    try {
      for await (const chunk of withoutOffset(this.#record(sound), this.#offset)) {
        this.views.sound(chunk);
        yield chunk;
      }
    } catch (error) {
      if (isAbort(error)) this.stop();
      else this.fail(error);
    }
  }

  /** A recording is as it came. */
  async *#record(sound: OpenSource["sound"]): AsyncGenerator<AudioChunk, void, undefined> {
    for await (const chunk of sound ?? []) {
      this.#heard = true;
      this.#cameMs = Math.max(this.#cameMs, endOf(chunk));
      await this.#recording?.sound(chunk);
      yield chunk;
    }
  }

  async *#frames(arrivals: number[]): AsyncGenerator<Frame, void, undefined> {
    let size = "";
    for await (const waiting of this.#waiting) {
      const frame = "frame" in waiting ? waiting.frame : await decode(waiting);
      if (frame === undefined) {
        this.#waiting.dropped++;
        continue;
      }
      const { width, height } = frame;
      if (size !== `${width}x${height}`) this.#context.tell({ kind: "picture", width, height });
      size = `${width}x${height}`;
      arrivals.push(waiting.arrivedAt);
      yield frame;
      // The frame has its result: looking on costs it no time.
      if ("frame" in waiting) this.views.preview(frame);
    }
  }

  async #take({ frame, sound, speech, fused = [] }: Moment, arrivals: number[]): Promise<void> {
    const { tell } = this.#context;
    if (frame !== undefined) await this.#tellFrame(frame, arrivals.shift()!);
    if (sound !== undefined) {
      if (speech !== undefined) tell({ kind: "speech", line: speech });
      await this.#recording?.results.sound(sound, speech);
    }
    for (const line of fused) {
      tell({ kind: "fused", line });
      await this.#recording?.results.fused(line);
    }
  }

  async #tellFrame(frame: VisualFrame, arrivedAt: number): Promise<void> {
    const { tell } = this.#context;
    const { line, cut, events } = frame;
    tell({ kind: "frame", line, arrivedAt, counts: this.#counts });
    this.#events.push(line, cut, events);
    const ended = this.#events.take();
    if (ended.length > 0) tell({ kind: "events", events: ended });
    await this.#recording?.results.frame(frame);
  }

  async #switch(on: boolean): Promise<void> {
    const { ffmpeg, tell } = this.#context;
    const source = this.#source;
    const recording = this.#recording;
    if (on === (recording?.on ?? false)) return;
    if (recording !== undefined && on)
      throw new AppError("conflict", "A session records once. Start another one to record again.");
    if (source === undefined || this.#stop.signal.aborted)
      throw new AppError("conflict", "The session does not run. Start one, then record.");
    if (recording === undefined) {
      const onChange = ({ on, path, startMs }: LiveRecording) =>
        tell({ kind: "recording", on, path, startMs: startMs! });
      const { known } = this.#context;
      const begun = await LiveRecording.create(this.#request, { ffmpeg, source, onChange, known });
      for (const event of this.#segments) await begun.results.segment(event);
      this.#recording = begun;
      if (this.#pageStartMs !== undefined) await this.#recording.begin(this.#pageStartMs);
    } else recording.stop(this.#cameMs);
  }

  #notes(): string[] {
    const { dropped } = this.#counts;
    return [
      "These are the results of a live session, from the start of its recording. Emotions follow: a face by the 0.3 s of their smoothing, a voice by 1 to 2 s of its window. Analyse the recording to have them at their time.",
      ...(dropped > 0
        ? [
            `Gave way to newer ones: ${counted(dropped, "frame")} of the session. Analyse the recording to read each of them.`,
          ]
        : []),
      ...(this.#heard ? [] : ["The session had no sound."]),
      ...(this.#offset.largest > 0 ? [offsetNote(this.#offset.largest)] : []),
      ...(this.#source?.notes ?? []),
    ];
  }
}

async function drain(sound: AsyncIterable<AudioChunk>): Promise<void> {
  const iterator = sound[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

/** A picture that waits for the pipeline. A frame's data is a buffer of the run's own. */
type Waiting = Arrival & { readonly index: number };

/** Undefined for a picture that is damaged: the next one comes soon. */
async function decode({ jpeg, index, timeMs }: Waiting & { jpeg: Uint8Array }): Promise<Frame | undefined> {
  try {
    return { ...(await decodeJpeg(jpeg)), index, timeMs };
  } catch (error) {
    if (isAppError(error)) return undefined;
    throw error;
  }
}

const endOf = ({ timeMs, samples, sampleRateHz }: AudioChunk): number =>
  timeMs + (1000 * samples.length) / sampleRateHz;

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";
