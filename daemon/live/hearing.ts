import type { AudioChunk } from "../media/frame.ts";
import { Resampler } from "../media/resampler.ts";
import type { Hearing, SpeechStep } from "../pipelines/speech.ts";

/** A gap in the sound that is longer is filled with silence, as in a clip. */
const longestGapMs = 100;

/** The speech half of the pipeline on sound as it comes: at any rate, with gaps. */
export class LiveHearing {
  readonly #hearing: Hearing;
  #resampler: Resampler | undefined;
  #rateHz = 0;
  /** Sound so far, at the rate at which it comes. */
  #heardMs = 0;

  constructor(hearing: Hearing) {
    this.#hearing = hearing;
  }

  /** The steps that this sound completes. */
  next({ timeMs, sampleRateHz, samples }: AudioChunk): AsyncIterable<SpeechStep> {
    const gapMs = timeMs - this.#heardMs;
    const silence = gapMs > longestGapMs ? Math.round((gapMs * sampleRateHz) / 1000) : 0;
    this.#heardMs += (1000 * (silence + samples.length)) / sampleRateHz;
    const sound = new Float32Array(silence + samples.length);
    sound.set(samples, silence);
    return this.#hearing.next(this.#resample(sound, sampleRateHz));
  }

  /** The end of the sound. */
  finish(): AsyncIterable<SpeechStep> {
    return this.#hearing.finish();
  }

  #resample(samples: Float32Array, sampleRateHz: number): Float32Array {
    if (sampleRateHz === this.#hearing.sampleRateHz) return samples;
    if (this.#resampler === undefined || this.#rateHz !== sampleRateHz) {
      this.#resampler = new Resampler(sampleRateHz, this.#hearing.sampleRateHz);
      this.#rateHz = sampleRateHz;
    }
    return this.#resampler.next(samples);
  }
}
