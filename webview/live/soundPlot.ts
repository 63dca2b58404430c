import Meyda from "meyda";
import { drawnFrom } from "../draw/spectrogram.ts";

/** Samples that one spectrum is taken of. */
const frameSamples = 1024;
export const melBands = 32;
/** Columns that are kept: at 16 kHz about 16 s. */
export const columns = 256;
/** The quietest level that is told, dB of full scale. */
export const floorDb = -80;
/** Energy of a band that is drawn weakest and strongest. */
const spectrumDb = { from: -25, to: 30 };

/** Level and mel spectrogram of sound as it comes, for display; features of networks are computed by the daemon. */
export class SoundPlot {
  /** `columns` columns of `melBands` values in 0..255, the lowest band first; a ring that {@link head} points into. */
  readonly spectrogram = new Uint8Array(columns * melBands);
  readonly bands = melBands;
  #head = 0;
  #levelDb = floorDb;
  #sampleRateHz = 0;
  #frame = new Float32Array(frameSamples);
  #filled = 0;

  /** The column that is written next, which is the oldest. */
  get head(): number {
    return this.#head;
  }

  /** How much time a column is of, and the highest frequency; 0 before there was sound. */
  get scale(): { readonly columnMs: number; readonly highHz: number } {
    const rate = this.#sampleRateHz;
    return { columnMs: rate === 0 ? 0 : (1000 * frameSamples) / rate, highHz: rate / 2 };
  }

  /** The strongest band of a column, counted back from the newest: the middle of it; undefined where nothing is drawn. */
  strongestHz(columnsAgo: number): number | undefined {
    const at = ((this.#head + 2 * columns - 1 - columnsAgo) % columns) * melBands;
    const values = this.spectrogram.subarray(at, at + melBands);
    const most = Math.max(...values);
    return most < drawnFrom ? undefined : bandHz(values.indexOf(most), this.scale.highHz);
  }

  /** Root mean square level of the last frame, dB of full scale. */
  get levelDb(): number {
    return this.#levelDb;
  }

  add(samples: Float32Array, sampleRateHz: number): void {
    for (let at = 0; at < samples.length;) {
      const piece = samples.subarray(at, at + frameSamples - this.#filled);
      this.#frame.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === frameSamples) this.#addFrame(sampleRateHz);
    }
  }

  #addFrame(sampleRateHz: number): void {
    this.#filled = 0;
    this.#sampleRateHz = sampleRateHz;
    Meyda.bufferSize = frameSamples;
    // Meyda keeps the bands of the rate that it first met.
    if (Meyda.sampleRate !== sampleRateHz)
      Object.assign(Meyda, { sampleRate: sampleRateHz, melFilterBank: undefined });
    Meyda.melBands = melBands;
    const found = Meyda.extract(["melBands"], this.#frame);
    // Meyda's own level is that of the windowed frame, 4 dB lower.
    const power = this.#frame.reduce((sum, sample) => sum + sample * sample, 0) / frameSamples;
    this.#levelDb = Math.max(10 * Math.log10(power), floorDb);
    const bands = (found as { melBands?: readonly number[] } | null)?.melBands ?? [];
    for (let band = 0; band < melBands; band++) {
      // Meyda's bands are ln(1 + energy); a quiet room lies near -20 dB, a voice near 20.
      const db = 10 * Math.log10(Math.expm1(bands[band] ?? 0) + 1e-6);
      const share = Math.min(Math.max((db - spectrumDb.from) / (spectrumDb.to - spectrumDb.from), 0), 1);
      this.spectrogram[this.#head * melBands + band] = Math.round(share * 255);
    }
    this.#head = (this.#head + 1) % columns;
  }
}

/** The middle of a band of Meyda's, which are equally wide in mel from 0 to the highest frequency. */
function bandHz(band: number, highHz: number): number {
  const mel = Math.log1p(highHz / 700) * ((band + 1) / (melBands + 1));
  return 700 * Math.expm1(mel);
}

/** 16 bit little-endian to samples in -1..1. */
export function fromPcm16(pcm: Uint8Array | ArrayBuffer): Float32Array {
  const view = ArrayBuffer.isView(pcm)
    ? new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength)
    : new DataView(pcm);
  return Float32Array.from({ length: view.byteLength >> 1 }, (_, i) => view.getInt16(i * 2, true) / 32768);
}
