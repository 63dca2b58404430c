import { logMel } from "./logMel.ts";

/**
 * The mel spectrogram that is shown: a column every 40 ms, the mean power of four frames of 25 ms. Fixed, so that strips of
 * different clips look alike, whatever the speech network reads.
 */
export const melStripFormat = Object.freeze({
  bands: 48,
  columnMs: 40,
  lowHz: 50,
  highHz: 8000,
  /** Levels of the bytes 0 and 255, decibels of mel power. */
  lowDb: -60,
  highDb: 30,
});

const sampleRateHz = 16_000;
const settings = {
  ...{ sampleRateHz, windowSamples: 400, hopSamples: 160, fftSize: 512 },
  ...{ mels: melStripFormat.bands, lowHz: melStripFormat.lowHz, highHz: melStripFormat.highHz, topDb: 300 },
};
const framesPerColumn = 4;
const columnSamples = framesPerColumn * settings.hopSamples;
/** Sound on either side of a column that its frames see. */
const edgeSamples = settings.windowSamples / 2;

/** Turns sound into columns, as it comes; a column lags by 13 ms. One strip is for one sound from its beginning. */
export class MelStrip {
  readonly sampleRateHz = sampleRateHz;
  /** From {@link edgeSamples} before the next column on; the sound is as if behind silence. */
  #left = new Float32Array(edgeSamples);

  /** Columns that these samples complete: `bands` bytes each, the lowest band first. */
  next(samples: Float32Array): Uint8Array {
    const sound = new Float32Array(this.#left.length + samples.length);
    sound.set(this.#left);
    sound.set(samples, this.#left.length);
    const columns = Math.max(0, Math.floor((sound.length - 2 * edgeSamples) / columnSamples));
    this.#left = sound.slice(columns * columnSamples);
    return columns === 0 ? new Uint8Array() : columnsOf(sound, columns);
  }
}

function columnsOf(sound: Float32Array, columns: number): Uint8Array {
  const { bands, lowDb, highDb } = melStripFormat;
  const end = columns * columnSamples + 2 * edgeSamples;
  const { frames, data } = logMel(sound.subarray(0, end), settings);
  const bytes = new Uint8Array(columns * bands);
  // The first frame that lies wholly in the sound is centred on its edge.
  const first = Math.ceil(edgeSamples / settings.hopSamples);
  for (let column = 0; column < columns; column++)
    for (let band = 0; band < bands; band++) {
      let power = 0;
      for (let i = 0; i < framesPerColumn; i++)
        power += 10 ** (data[band * frames + first + column * framesPerColumn + i]! / 10) / framesPerColumn;
      const share = (10 * Math.log10(power) - lowDb) / (highDb - lowDb);
      bytes[column * bands + band] = Math.round(255 * Math.max(0, Math.min(1, share)));
    }
  return bytes;
}
