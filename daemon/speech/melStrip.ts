import { melStripFormat } from "../../shared/protocol/mel.ts";
import { logMel } from "./logMel.ts";

const sampleRateHz = 16_000;
const settings = {
  ...{ sampleRateHz, windowSamples: 400, hopSamples: 160, fftSize: 512 },
  ...{ mels: melStripFormat.bands, lowHz: melStripFormat.lowHz, highHz: melStripFormat.highHz, topDb: 300 },
};
const framesPerColumn = 4;
const columnSamples = framesPerColumn * settings.hopSamples;
/** Sound on either side of a column that its frames see. */
const edgeSamples = settings.windowSamples / 2;

/** Columns of the spectrogram that is shown, in the form of `melStripFormat`. */
export interface MelColumns {
  /** Of the first column. */
  readonly startMs: number;
  readonly bytes: Uint8Array;
}

/** Turns sound into columns, as it comes; a column lags by 13 ms. One strip is for one sound from its beginning. */
export class MelStrip {
  readonly sampleRateHz = sampleRateHz;
  /** From {@link edgeSamples} before the next column on; the sound is as if behind silence. */
  #left = new Float32Array(edgeSamples);
  #columns = 0;

  /** Columns that these samples complete. */
  next(samples: Float32Array): MelColumns {
    const sound = new Float32Array(this.#left.length + samples.length);
    sound.set(this.#left);
    sound.set(samples, this.#left.length);
    const columns = Math.max(0, Math.floor((sound.length - 2 * edgeSamples) / columnSamples));
    this.#left = sound.slice(columns * columnSamples);
    const startMs = this.#columns * melStripFormat.columnMs;
    this.#columns += columns;
    return { startMs, bytes: columns === 0 ? new Uint8Array() : columnsOf(sound, columns) };
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
