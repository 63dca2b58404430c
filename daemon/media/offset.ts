/** A voice is zero in the mean over a quarter of a second; what is further off is the sound card's. */
const leastOffset = 0.02;

/**
 * Takes a constant off each channel that a cheap or broken sound card adds (DC offset): what hears the level of a voice would
 * hear the constant. Judged by the first block, and left alone where it is small.
 */
export class OffsetRemover {
  #offsets: readonly number[] | undefined;
  readonly #channels: number;

  constructor(channels: number) {
    this.#channels = channels;
  }

  /** The largest that is taken off; 0 where nothing is. */
  get largest(): number {
    return Math.max(0, ...(this.#offsets ?? []).map(Math.abs));
  }

  /** @param samples interleaved; changed in place */
  remove(samples: Float32Array): void {
    const channels = this.#channels;
    this.#offsets ??= Array.from({ length: channels }, (_, c) => offsetOf(samples, c, channels));
    for (const [c, offset] of this.#offsets.entries())
      if (offset !== 0) for (let i = c; i < samples.length; i += channels) samples[i]! -= offset;
  }
}

function offsetOf(samples: Float32Array, channel: number, channels: number): number {
  let sum = 0;
  for (let i = channel; i < samples.length; i += channels) sum += samples[i]!;
  const mean = sum / Math.max(1, Math.ceil((samples.length - channel) / channels));
  return Math.abs(mean) < leastOffset ? 0 : mean;
}
