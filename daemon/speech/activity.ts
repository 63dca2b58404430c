import * as z from "zod";
import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";
import type { Tensor } from "../inference/session.ts";
import { soundLevel } from "./segments.ts";

const settingsSchema = z.object({
  sampleRateHz: z.int().positive(),
  /** Each probability is of one window; windows follow each other without a gap. */
  windowSamples: z.int().positive(),
  /** Sound before the window that the network sees as well. */
  contextSamples: z.int().min(0),
  /** A window with at least this probability is voice. */
  threshold: z.number().min(0).max(1),
});

/**
 * Soft voices are not heard by the network: windows are amplified so that the loudest of the last seconds comes out at
 * `targetDb`. What was loud counts `releaseDbPerS` less with every second. Measured in the card.
 */
const gainRule = Object.freeze({ targetDb: -20, maxDb: 30, releaseDbPerS: 3 });

/** A piece of sound, 32 ms with Silero's network, and whether somebody speaks in it. */
export interface VoiceWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly probability: number;
  readonly voiced: boolean;
  /** Root mean square, dB of full scale, at least -120. */
  readonly levelDb: number;
}

/**
 * Hears whether somebody speaks, by a network of the task `voice`, window after window. It has a memory and no
 * look-ahead: one of these is for one sound from its beginning.
 */
export class VoiceActivity {
  readonly sampleRateHz: number;
  readonly windowMs: number;
  readonly #windowSamples: number;
  readonly #threshold: number;
  readonly #model: Model;
  readonly #contextSamples: number;
  /** Sound not yet heard: the context of the next window, then what there is of the window. */
  #left: Float32Array;
  #hidden: Tensor;
  #cell: Tensor;
  #windows = 0;
  /** Level to which a window is compared, dB of full scale. */
  #loudDb = gainRule.targetDb - gainRule.maxDb;

  /** @throws AppError `model_refused` for an entry without these settings */
  constructor(model: Model) {
    const settings = readPreprocessing(model.entry, settingsSchema);
    this.sampleRateHz = settings.sampleRateHz;
    this.windowMs = (1000 * settings.windowSamples) / settings.sampleRateHz;
    this.#windowSamples = settings.windowSamples;
    this.#threshold = settings.threshold;
    this.#model = model;
    this.#contextSamples = settings.contextSamples;
    this.#left = new Float32Array(settings.contextSamples);
    const memory = (name: string): Tensor => {
      const shape = model.entry.inputs.find((input) => input.name === name)!.shape.map(Number);
      return { data: new Float32Array(shape.reduce((a, b) => a * b, 1)), shape };
    };
    this.#hidden = memory("h");
    this.#cell = memory("c");
  }

  /**
   * The windows that these samples complete; what is left waits for the next ones. Do not call it again before the
   * promise settles.
   */
  async next(samples: Float32Array): Promise<VoiceWindow[]> {
    const [context, size] = [this.#contextSamples, this.#windowSamples];
    const sound = new Float32Array(this.#left.length + samples.length);
    sound.set(this.#left);
    sound.set(samples, this.#left.length);
    const windows = Math.floor((sound.length - context) / size);
    this.#left = sound.slice(windows * size);
    if (windows === 0) return [];
    const input = new Float32Array(windows * (context + size));
    const levels = Array.from({ length: windows }, (_, i) => {
      const { levelDb } = soundLevel(sound.subarray(context + i * size, context + (i + 1) * size));
      const gain = this.#gain(levelDb);
      const at = i * (context + size);
      for (let k = 0; k < context + size; k++) input[at + k] = gain * sound[i * size + k]!;
      return levelDb;
    });
    const outputs = await this.#model.run({
      input: { data: input, shape: [windows, context + size] },
      h: this.#hidden,
      c: this.#cell,
    });
    this.#hidden = outputs["hn"]!;
    this.#cell = outputs["cn"]!;
    return Array.from(outputs["speech_probs"]!.data, (probability, i) => {
      const startMs = this.#windows++ * this.windowMs;
      const voiced = probability >= this.#threshold;
      return { startMs, endMs: startMs + this.windowMs, probability, voiced, levelDb: levels[i]! };
    });
  }

  /** Amplification of a window of this level. */
  #gain(levelDb: number): number {
    const { targetDb, maxDb, releaseDbPerS } = gainRule;
    const loudDb = this.#loudDb - (releaseDbPerS * this.windowMs) / 1000;
    this.#loudDb = Math.max(levelDb, loudDb, targetDb - maxDb);
    return 10 ** (Math.max(0, targetDb - this.#loudDb) / 20);
  }

  /** The last window, completed with silence. */
  async finish(): Promise<VoiceWindow[]> {
    const there = this.#left.length - this.#contextSamples;
    return there === 0 ? [] : this.next(new Float32Array(this.#windowSamples - there));
  }
}
