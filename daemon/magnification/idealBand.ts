import FFT from "fft.js";

/**
 * The ideal band-pass of Wu et al. 2012 for recorded clips: no phase shift, everything outside the band is gone. It works
 * on blocks of a bounded number of frames, so memory does not grow with the clip: blocks overlap by half and are
 * cross-faded, and a clip shorter than a block is filtered in one piece, exactly.
 */
export class IdealBlock {
  readonly #length: number;
  readonly #fourier: FFT;
  /** Real and imaginary parts in turn. */
  readonly #series: Float64Array;
  readonly #spectrum: Float64Array;
  readonly #keep: Uint8Array;

  /**
   * @param frames of a block; any number, padded to a power of two by mirroring
   * @param bandHz edges, both kept
   */
  constructor(frames: number, bandHz: readonly [number, number], frameRate: number) {
    this.#length = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * frames)));
    const n = this.#length;
    this.#fourier = new FFT(n);
    this.#series = new Float64Array(2 * n);
    this.#spectrum = new Float64Array(2 * n);
    this.#keep = Uint8Array.from({ length: n }, (_, k) => {
      const hz = (Math.min(k, n - k) * frameRate) / n;
      return hz >= bandHz[0] && hz <= bandHz[1] ? 1 : 0;
    });
  }

  /**
   * Filters two series at once, in place, as the real and the imaginary part of one transform. The padding mirrors each
   * series at its ends, so that a trend does not ring.
   */
  filterPair(a: Float32Array, b: Float32Array): void {
    const n = this.#length;
    const frames = a.length;
    const series = this.#series;
    const spectrum = this.#spectrum;
    const lead = (n - frames) >> 1;
    for (let i = 0; i < n; i++) {
      const from = mirrored(i - lead, frames);
      series[2 * i] = a[from]!;
      series[2 * i + 1] = b[from]!;
    }
    this.#fourier.transform(spectrum, series);
    for (let k = 0; k < n; k++) if (this.#keep[k] === 0) spectrum.fill(0, 2 * k, 2 * k + 2);
    this.#fourier.inverseTransform(series, spectrum);
    for (let i = 0; i < frames; i++) {
      a[i] = series[2 * (i + lead)]!;
      b[i] = series[2 * (i + lead) + 1]!;
    }
  }
}

/** Index of a series of `n` values continued by mirroring at both ends, each end value repeated. */
function mirrored(i: number, n: number): number {
  const period = 2 * n;
  const j = ((i % period) + period) % period;
  return j < n ? j : period - 1 - j;
}
