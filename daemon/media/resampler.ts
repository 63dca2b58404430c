/** Zero crossings of the sinc on either side, and steps of its table between two of them. */
const crossings = 16;
const steps = 256;

/**
 * Brings mono sound from one rate to another, piece by piece: a sinc in a Blackman window, cut off at 0.45 of the lower
 * rate. Sample k of the output is the sound at k / `toHz` seconds; it comes when the {@link Resampler.delayMs} after it have
 * been heard.
 */
export class Resampler {
  readonly #fromHz: number;
  readonly #toHz: number;
  readonly #cutoff: number;
  readonly #reach: number;
  /** Input that is still needed; its first sample is number `#first`. */
  #held: Float32Array;
  #first: number;
  #made = 0;

  constructor(fromHz: number, toHz: number) {
    this.#fromHz = fromHz;
    this.#toHz = toHz;
    this.#cutoff = (0.9 * Math.min(fromHz, toHz)) / fromHz;
    this.#reach = Math.ceil(crossings / this.#cutoff);
    this.#held = new Float32Array(this.#reach);
    this.#first = -this.#reach;
  }

  get delayMs(): number {
    return (1000 * this.#reach) / this.#fromHz;
  }

  /** The samples that these complete. */
  next(samples: Float32Array): Float32Array {
    const held = new Float32Array(this.#held.length + samples.length);
    held.set(this.#held);
    held.set(samples, this.#held.length);
    const end = this.#first + held.length - this.#reach;
    const last = Math.ceil((end * this.#toHz) / this.#fromHz);
    const made = new Float32Array(Math.max(0, last - this.#made));
    for (let i = 0; i < made.length; i++)
      made[i] = this.#at(held, ((this.#made + i) * this.#fromHz) / this.#toHz - this.#first);
    this.#made += made.length;
    const from = Math.floor((this.#made * this.#fromHz) / this.#toHz) - this.#reach;
    const keep = Math.min(held.length, Math.max(0, from - this.#first));
    this.#held = held.slice(keep);
    this.#first += keep;
    return made;
  }

  #at(held: Float32Array, position: number): number {
    const from = Math.max(0, Math.ceil(position - this.#reach));
    const to = Math.min(held.length - 1, Math.floor(position + this.#reach));
    let sum = 0;
    for (let i = from; i <= to; i++)
      sum += held[i]! * kernel[Math.round(Math.abs(i - position) * this.#cutoff * steps)]!;
    return sum * this.#cutoff;
  }
}

/** Half of the windowed sinc; the reach is rounded up, so it goes on with zeros for one crossing. */
const kernel = Float64Array.from({ length: (crossings + 1) * steps + 1 }, (_, i) => {
  const x = i / steps;
  if (x >= crossings) return 0;
  const turn = (Math.PI * x) / crossings;
  const window = 0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn);
  return x === 0 ? 1 : (window * Math.sin(Math.PI * x)) / (Math.PI * x);
});
