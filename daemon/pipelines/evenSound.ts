import type { AudioChunk } from "../media/frame.ts";
import { Resampler } from "../media/resampler.ts";
import type { Stage } from "./stage.ts";

/** A gap in the sound that is longer is filled with silence. */
const maxGapMs = 100;

/** Sound as it comes, at any rate and with gaps -> samples at one rate, without gaps. */
export function evenSound(sampleRateHz: number): Stage<AudioChunk, Float32Array> {
  return async function* (chunks) {
    let resampler: Resampler | undefined;
    let rateHz = 0;
    /** Sound so far, at the rate at which it comes. */
    let heardMs = 0;
    for await (const chunk of chunks) {
      const gapMs = chunk.timeMs - heardMs;
      const silence = gapMs > maxGapMs ? Math.round((gapMs * chunk.sampleRateHz) / 1000) : 0;
      heardMs += (1000 * (silence + chunk.samples.length)) / chunk.sampleRateHz;
      const samples = silence === 0 ? chunk.samples : new Float32Array(silence + chunk.samples.length);
      if (silence > 0) samples.set(chunk.samples, silence);
      if (chunk.sampleRateHz === sampleRateHz) {
        yield samples;
        continue;
      }
      if (resampler === undefined || rateHz !== chunk.sampleRateHz) {
        resampler = new Resampler(chunk.sampleRateHz, sampleRateHz);
        rateHz = chunk.sampleRateHz;
      }
      yield resampler.next(samples);
    }
  };
}
