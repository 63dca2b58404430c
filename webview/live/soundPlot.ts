import Meyda from "meyda";

/** Samples that one spectrum is taken of. */
const frameSamples = 1024;
export const melBands = 32;
/** Columns that are kept: at 16 kHz about 16 s. */
export const columns = 256;
const floorDb = -80;
/** Energy of a band that is drawn weakest and strongest. */
const spectrumDb = { from: -25, to: 30 };

/** Level and mel spectrogram of sound as it comes, for display; features of networks are computed by the daemon. */
export class SoundPlot {
  /** `columns` columns of `melBands` values in 0..255, the lowest band first; a ring that {@link head} points into. */
  readonly spectrogram = new Uint8Array(columns * melBands);
  #head = 0;
  #levelDb = floorDb;
  #frame = new Float32Array(frameSamples);
  #filled = 0;

  /** The column that is written next, which is the oldest. */
  get head(): number {
    return this.#head;
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
    Meyda.bufferSize = frameSamples;
    Meyda.sampleRate = sampleRateHz;
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

/** 16 bit little-endian to samples in -1..1. */
export function fromPcm16(pcm: Uint8Array | ArrayBuffer): Float32Array {
  const view = ArrayBuffer.isView(pcm)
    ? new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength)
    : new DataView(pcm);
  return Float32Array.from({ length: view.byteLength >> 1 }, (_, i) => view.getInt16(i * 2, true) / 32768);
}
