import { logMel, type LogMelSettings } from "./logMel.ts";
import type { Spectrogram } from "./powerSpectrum.ts";

export interface MfccSettings extends LogMelSettings {
  /** Number of coefficients. */
  readonly mfcc: number;
}

/** Cepstral coefficients 0 to `mfcc` - 1 of the mel decibels by an orthonormal DCT-II: [mfcc, frames]. */
export function mfcc(sound: Float32Array, settings: MfccSettings): Spectrogram {
  const { bands, frames, data } = logMel(sound, settings);
  const coefficients = new Float32Array(settings.mfcc * frames);
  for (let k = 0; k < settings.mfcc; k++) {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / bands);
    const sums = new Float64Array(frames);
    for (let band = 0; band < bands; band++) {
      const weight = scale * Math.cos((Math.PI * k * (band + 0.5)) / bands);
      for (let frame = 0; frame < frames; frame++) sums[frame]! += weight * data[band * frames + frame]!;
    }
    coefficients.set(sums, k * frames);
  }
  return { bands: settings.mfcc, frames, data: coefficients };
}
