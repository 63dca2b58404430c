import { eachPowerFrame, frameCount, type FrameSettings, type Spectrogram } from "./powerSpectrum.ts";

/** Settings of a manifest entry's sound features; models/README.md. */
export interface LogMelSettings extends FrameSettings {
  readonly sampleRateHz: number;
  readonly mels: number;
  readonly lowHz: number;
  readonly highHz: number;
  /** What lies further under the loudest value is lifted to this distance, decibels. */
  readonly topDb: number;
}

/** Triangle over the bins of a power spectrum; zero outside of its weights. */
interface Triangle {
  readonly firstBin: number;
  readonly weights: Float64Array;
}

/**
 * Mel bands in decibels, no more than `topDb` under the loudest: [mels, frames]. HTK's mel scale, triangles of height
 * 1, 10 log10(max(power, 1e-10)).
 *
 * @param sound Mono, -1..1, at `sampleRateHz`.
 */
export function logMel(sound: Float32Array, settings: LogMelSettings): Spectrogram {
  const triangles = melTriangles(settings);
  const frames = frameCount(sound.length, settings);
  const decibels = new Float64Array(settings.mels * frames);
  let loudest = -Infinity;
  eachPowerFrame(sound, settings, (power, frame) => {
    triangles.forEach(({ firstBin, weights }, band) => {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * power[firstBin + i]!;
      const value = 10 * Math.log10(Math.max(sum, 1e-10));
      decibels[band * frames + frame] = value;
      if (value > loudest) loudest = value;
    });
  });
  const floor = loudest - settings.topDb;
  return { bands: settings.mels, frames, data: Float32Array.from(decibels, (v) => Math.max(v, floor)) };
}

/** The same without the frames outside of [first, end). */
export function cutFrames({ bands, frames, data }: Spectrogram, first: number, end: number): Spectrogram {
  const kept = new Float32Array(bands * (end - first));
  for (let band = 0; band < bands; band++)
    kept.set(data.subarray(band * frames + first, band * frames + end), band * (end - first));
  return { bands, frames: end - first, data: kept };
}

/**
 * First frame and end (exclusive) of what is louder than `trimDb` under the loudest frame. A frame's loudness is the
 * sum of its mel powers.
 */
export function speechSpan(decibels: Spectrogram, trimDb: number): [first: number, end: number] {
  const { bands, frames, data } = decibels;
  const loudness = new Float64Array(frames);
  for (let band = 0; band < bands; band++)
    for (let frame = 0; frame < frames; frame++)
      loudness[frame]! += 10 ** (data[band * frames + frame]! / 10);
  const inDb = loudness.map((power) => 10 * Math.log10(power));
  const limit = Math.max(...inDb) - trimDb;
  const heard = (value: number) => value > limit;
  return [inDb.findIndex(heard), inDb.findLastIndex(heard) + 1];
}

/** mel = 2595 log10(1 + f / 700). */
function melTriangles({ sampleRateHz, fftSize, mels, lowHz, highHz }: LogMelSettings): Triangle[] {
  const toMel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
  const [low, high] = [toMel(lowHz), toMel(highHz)];
  const edges = Array.from({ length: mels + 2 }, (_, i) => {
    const mel = low + ((high - low) * i) / (mels + 1);
    return 700 * (10 ** (mel / 2595) - 1);
  });
  const hertzPerBin = sampleRateHz / fftSize;
  return Array.from({ length: mels }, (_, band) => {
    const [left, middle, right] = [edges[band]!, edges[band + 1]!, edges[band + 2]!];
    const firstBin = Math.ceil(left / hertzPerBin);
    const lastBin = Math.min(Math.floor(right / hertzPerBin), fftSize / 2);
    const weights = new Float64Array(Math.max(0, lastBin - firstBin + 1)).map((_, i) => {
      const hertz = (firstBin + i) * hertzPerBin;
      return Math.max(0, Math.min((hertz - left) / (middle - left), (right - hertz) / (right - middle)));
    });
    return { firstBin, weights };
  });
}
