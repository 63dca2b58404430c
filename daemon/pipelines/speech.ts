import type { SpeechLine } from "../../shared/protocol/results.ts";
import { speechLabels } from "../../shared/emotion/labels.ts";
import { round } from "../../shared/round.ts";
import type { AudioChunk } from "../media/frame.ts";
import { VoiceActivity, type VoiceWindow } from "../speech/activity.ts";
import { createSpeechReader, type SpeechProbabilities } from "../speech/emotion.ts";
import { MelStrip, type MelColumns } from "../speech/melStrip.ts";
import { LastSamples, segmentState, soundLevel } from "../speech/segments.ts";
import type { VoicePrints } from "../speech/voicePrints.ts";
import type { Meter } from "./meter.ts";
import { pipe, type Stage } from "./stage.ts";
import { evenSound } from "./evenSound.ts";
import type { SpeechNetworks } from "./networks.ts";

/** What was heard since the step before: half a second of sound, less at the end. */
export interface SpeechStep {
  readonly startMs: number;
  readonly endMs: number;
  /** The segment that ends here; absent while there is less than a second of sound. */
  readonly line?: SpeechLine;
  /** Windows that ended in this step, in order. */
  readonly windows: readonly VoiceWindow[];
  /** What was completed of the mel spectrogram that is shown. */
  readonly mel: MelColumns;
}

/** At the beginning of a sound, segments are shorter; the first one is this long. */
const minSegmentMs = 1000;

/** The rate at which these networks take sound. */
export function soundRateHz({ voice }: SpeechNetworks): number {
  return new VoiceActivity(voice).sampleRateHz;
}

/**
 * The speech half of the multimodal pipeline (thesis, figure of pipeline 2): voice activity, then the emotion of the last
 * 2.5 s every half second (lengths of the network's entry). A step tells nothing that was heard after its end; the last one
 * ends with the sound.
 *
 * @param prints takes what tells voices apart, until the sound ends
 * @returns a stage over sound that starts at time 0; other rates than {@link soundRateHz} are resampled, gaps are silence
 */
export function speech(
  networks: SpeechNetworks,
  meter: Meter,
  prints?: VoicePrints,
): Stage<AudioChunk, SpeechStep> {
  // Made here and not with the first sound: it takes its time, which a live source does not give.
  const hearing = new Hearing(networks, meter, prints);
  return pipe(evenSound(hearing.sampleRateHz), async function* (sound: AsyncIterable<Float32Array>) {
    for await (const samples of sound) yield* hearing.next(samples);
    yield* hearing.finish();
  });
}

/** Takes samples, gives the steps that they complete. */
class Hearing {
  readonly sampleRateHz: number;
  readonly #activity: VoiceActivity;
  readonly #reader;
  readonly #strip = new MelStrip();
  readonly #prints: VoicePrints | undefined;
  readonly #meter: Meter;
  readonly #hopSamples: number;
  readonly #segment: LastSamples;
  /** Windows that were heard, but are younger than the last step; and those of the last segment. */
  #fresh: VoiceWindow[] = [];
  #recent: VoiceWindow[] = [];
  /** Sound since the last step. */
  #pending = new Float32Array();
  #stepped = 0;

  constructor(networks: SpeechNetworks, meter: Meter, prints: VoicePrints | undefined) {
    this.#activity = new VoiceActivity(networks.voice);
    this.#reader = createSpeechReader(networks.speech);
    this.#meter = meter;
    this.#prints = prints;
    this.sampleRateHz = this.#activity.sampleRateHz;
    if (this.#reader.sampleRateHz !== this.sampleRateHz || this.#strip.sampleRateHz !== this.sampleRateHz)
      throw new RangeError("The networks for voice and speech read sound at different rates.");
    this.#hopSamples = Math.round(this.#reader.segmentHopSeconds * this.sampleRateHz);
    this.#segment = new LastSamples(Math.round(this.#reader.segmentSeconds * this.sampleRateHz));
  }

  async *next(samples: Float32Array): AsyncGenerator<SpeechStep, void, undefined> {
    const sound = new Float32Array(this.#pending.length + samples.length);
    sound.set(this.#pending);
    sound.set(samples, this.#pending.length);
    const heard = await this.#meter.time("voice", () => this.#activity.next(samples));
    this.#fresh.push(...heard);
    await this.#prints?.hear(samples, heard);
    let at = 0;
    for (; at + this.#hopSamples <= sound.length; at += this.#hopSamples)
      yield await this.#step(sound.subarray(at, at + this.#hopSamples));
    this.#pending = sound.slice(at);
  }

  /** The end of the sound. */
  async *finish(): AsyncGenerator<SpeechStep, void, undefined> {
    const heard = await this.#activity.finish();
    this.#fresh.push(...heard);
    await this.#prints?.hear(new Float32Array(), heard);
    await this.#prints?.finish();
    if (this.#pending.length === 0) return;
    const last = this.#pending;
    this.#pending = new Float32Array();
    yield await this.#step(last, true);
  }

  async #step(samples: Float32Array, last = false): Promise<SpeechStep> {
    this.#segment.push(samples);
    const startMs = this.#timeMs(this.#stepped);
    this.#stepped += samples.length;
    const endMs = this.#timeMs(this.#stepped);
    const windows = last ? this.#fresh : this.#fresh.filter((window) => window.endMs <= endMs);
    this.#fresh = this.#fresh.slice(windows.length);
    const mel = this.#strip.next(samples);
    const segment = this.#segment.samples;
    const segmentMs = this.#timeMs(segment.length);
    const step = { startMs, endMs, windows, mel };
    this.#recent = [...this.#recent, ...windows].filter((w) => w.startMs >= endMs - segmentMs);
    // The end of the sound makes a segment of its own if it adds half a step to the one before, or is the only one.
    const enough = last
      ? samples.length >= this.#hopSamples / 2 || endMs < minSegmentMs
      : segmentMs >= minSegmentMs;
    return enough ? { ...step, line: await this.#read(segment, endMs - segmentMs, endMs) } : step;
  }

  async #read(segment: Float32Array, startMs: number, endMs: number): Promise<SpeechLine> {
    const level = soundLevel(segment);
    const voiced = this.#recent.filter((window) => window.voiced).length;
    const state = segmentState(voiced * this.#activity.windowMs, level);
    const line = {
      startMs: round(startMs, 3),
      endMs: round(endMs, 3),
      state,
      levelDb: round(level.levelDb, 1),
    };
    if (state === "no_speech") return line;
    const probabilities = await this.#meter.time("speech", () => this.#reader.readSegment(segment));
    return { ...line, probabilities: rounded(probabilities) };
  }

  #timeMs(samples: number): number {
    return (1000 * samples) / this.sampleRateHz;
  }
}

function rounded(probabilities: SpeechProbabilities): SpeechProbabilities {
  return Object.fromEntries(
    speechLabels.map((label) => [label, round(probabilities[label], 4)]),
  ) as SpeechProbabilities;
}
