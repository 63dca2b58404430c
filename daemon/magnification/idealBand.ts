/**
 * The ideal band-pass of Wu et al. 2012 for recorded clips: no phase shift, everything outside the band is gone. It works
 * on blocks of a bounded number of frames, so memory does not grow with the clip: blocks overlap by half and are
 * cross-faded, and a clip shorter than a block is filtered in one piece, exactly.
 */
export class IdealBlock {
  readonly #length: number;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  readonly #keep: Uint8Array;

  /**
   * @param frames of a block; any number, padded to a power of two by mirroring
   * @param bandHz edges, both kept
   */
  constructor(frames: number, bandHz: readonly [number, number], frameRate: number) {
    this.#length = 2 ** Math.ceil(Math.log2(Math.max(2, 2 * frames)));
    const n = this.#length;
    this.#cos = Float64Array.from({ length: n / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / n));
    this.#sin = Float64Array.from({ length: n / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / n));
    this.#re = new Float64Array(n);
    this.#im = new Float64Array(n);
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
    const re = this.#re;
    const im = this.#im;
    const lead = (n - frames) >> 1;
    for (let i = 0; i < n; i++) {
      const from = mirrored(i - lead, frames);
      re[i] = a[from]!;
      im[i] = b[from]!;
    }
    this.#transform(re, im);
    for (let k = 0; k < n; k++) {
      if (this.#keep[k] === 0) {
        re[k] = 0;
        im[k] = 0;
      }
    }
    // The inverse is the forward transform with real and imaginary parts swapped.
    this.#transform(im, re);
    for (let i = 0; i < frames; i++) {
      a[i] = re[i + lead]! / n;
      b[i] = im[i + lead]! / n;
    }
  }

  /** In-place radix-2 Fourier transform. */
  #transform(re: Float64Array, im: Float64Array): void {
    const n = this.#length;
    for (let i = 1, j = 0; i < n; i++) {
      let bit = n >> 1;
      for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
      j ^= bit;
      if (i < j) {
        [re[i], re[j]] = [re[j]!, re[i]!];
        [im[i], im[j]] = [im[j]!, im[i]!];
      }
    }
    for (let size = 2; size <= n; size *= 2) {
      const half = size >> 1;
      const stride = n / size;
      for (let start = 0; start < n; start += size) {
        for (let k = 0; k < half; k++) {
          const c = this.#cos[k * stride]!;
          const s = this.#sin[k * stride]!;
          const p = start + k;
          const q = p + half;
          const xr = re[q]! * c - im[q]! * s;
          const xi = re[q]! * s + im[q]! * c;
          re[q] = re[p]! - xr;
          im[q] = im[p]! - xi;
          re[p]! += xr;
          im[p]! += xi;
        }
      }
    }
  }
}

/** Index of a series of `n` values continued by mirroring at both ends, each end value repeated. */
function mirrored(i: number, n: number): number {
  const period = 2 * n;
  const j = ((i % period) + period) % period;
  return j < n ? j : period - 1 - j;
}
