/** Two channels whose correlation is below `invert` are out of phase; in phase again above `restore`. */
const limits = { invert: -0.6, restore: 0.3 };
/** Quieter blocks (mean square; -80 dB of full scale) tell nothing. */
const minPower = 1e-8;
/** Share of what was known before, in each block. */
const keep = 0.7;

/**
 * Mixes channels to one, block by block: their mean, with a channel that is the inverse of the loudest one (a microphone
 * wired out of phase) turned over, so that a voice on both does not cancel itself. Looks at the past and at the block only.
 */
export class Downmix {
  readonly #channels: number;
  readonly #signs: number[];
  /** Smoothed mean products of each two channels, rows of channels. */
  readonly #products: Float64Array;
  #inverted = false;

  constructor(channels: number) {
    this.#channels = channels;
    this.#signs = new Array<number>(channels).fill(1);
    this.#products = new Float64Array(channels * channels);
  }

  /** Whether some channel was out of phase at some time. */
  get inverted(): boolean {
    return this.#inverted;
  }

  /** @param samples interleaved */
  mix(samples: Float32Array): Float32Array {
    const channels = this.#channels;
    const frames = Math.floor(samples.length / channels);
    const known = this.#products.some((value) => value !== 0);
    const old = [...this.#signs];
    this.#judge(samples, frames);
    // Before the first sound there was silence: nothing to fade from.
    const before = known ? old : this.#signs;
    const mixed = new Float32Array(frames);
    for (let c = 0; c < channels; c++) {
      const [from, to] = [before[c]! / channels, this.#signs[c]! / channels];
      // A change of sign is spread over the block: no click.
      const step = (to - from) / Math.max(1, frames);
      for (let i = 0; i < frames; i++) mixed[i]! += (from + step * (i + 1)) * samples[i * channels + c]!;
    }
    return mixed;
  }

  #judge(samples: Float32Array, frames: number): void {
    const channels = this.#channels;
    const now = products(samples, channels, frames);
    const power = (matrix: Float64Array, c: number): number => matrix[c * channels + c]!;
    const each = Array.from({ length: channels }, (_, c) => c);
    if (!each.some((c) => power(now, c) >= minPower)) return;
    const fresh = this.#products.every((value) => value === 0);
    for (const [i, value] of now.entries())
      this.#products[i] = fresh ? value : keep * this.#products[i]! + (1 - keep) * value;
    const powers = each.map((c) => power(this.#products, c));
    const loudest = powers.indexOf(Math.max(...powers));
    const signs = each.map((c) => {
      const scale = Math.sqrt(powers[c]! * powers[loudest]!);
      const alike = scale >= minPower ? this.#products[c * channels + loudest]! / scale : 0;
      if (alike > limits.restore) return 1;
      return alike < limits.invert ? -1 : this.#signs[c]! * this.#signs[loudest]!;
    });
    // Of two that are each other's inverse either may be turned: the one that was before stays so.
    const turn = signs.reduce((sum, sign, c) => sum + sign * this.#signs[c]! * powers[c]!, 0) < 0;
    for (const [c, sign] of signs.entries()) this.#signs[c] = turn ? -sign : sign;
    if (this.#signs.includes(-1)) this.#inverted = true;
  }
}

/** Mean products of each two channels of a block. */
function products(samples: Float32Array, channels: number, frames: number): Float64Array {
  const matrix = new Float64Array(channels * channels);
  for (let a = 0; a < channels; a++) {
    for (let b = a; b < channels; b++) {
      let sum = 0;
      for (let i = 0; i < frames * channels; i += channels) sum += samples[i + a]! * samples[i + b]!;
      matrix[a * channels + b] = matrix[b * channels + a] = sum / Math.max(1, frames);
    }
  }
  return matrix;
}
