import type { AudioChunk } from "./frame.ts";

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

  /** Whether it has had its first block. */
  get judged(): boolean {
    return this.#offsets !== undefined;
  }

  /** @param samples interleaved; changed in place */
  remove(samples: Float32Array): void {
    const channels = this.#channels;
    this.#offsets ??= Array.from({ length: channels }, (_, c) => offsetOf(samples, c, channels));
    for (const [c, offset] of this.#offsets.entries())
      if (offset !== 0) for (let i = c; i < samples.length; i += channels) samples[i]! -= offset;
  }
}

/** Its first sound is judged by so much. */
const judgedMs = 250;

/**
 * Mono sound as it comes, without the constant, judged by its first quarter of a second, which waits until it is whole. What is
 * given stays as it is.
 * @param remover says afterwards what was taken off
 */
export async function* withoutOffset(
  chunks: AsyncIterable<AudioChunk>,
  remover: OffsetRemover,
): AsyncGenerator<AudioChunk, void, undefined> {
  let first: AudioChunk | undefined;
  const take = (chunk: AudioChunk): AudioChunk => {
    const samples = chunk.samples.slice();
    remover.remove(samples);
    return { ...chunk, samples };
  };
  for await (const chunk of chunks) {
    // Behind a gap, or at another rate, what waits is judged by itself.
    if (!remover.judged && (first === undefined || follows(first, chunk))) {
      first = first === undefined ? chunk : joined(first, chunk);
      if (endMs(first) - first.timeMs < judgedMs) continue;
      yield take(first);
    } else {
      if (first !== undefined) yield take(first);
      yield take(chunk);
    }
    first = undefined;
  }
  if (first !== undefined) yield take(first);
}

const endMs = ({ timeMs, samples, sampleRateHz }: AudioChunk): number =>
  timeMs + (1000 * samples.length) / sampleRateHz;

const follows = (before: AudioChunk, { timeMs, sampleRateHz }: AudioChunk): boolean =>
  sampleRateHz === before.sampleRateHz && Math.abs(timeMs - endMs(before)) < 1;

function joined(before: AudioChunk, { samples }: AudioChunk): AudioChunk {
  const all = new Float32Array(before.samples.length + samples.length);
  all.set(before.samples);
  all.set(samples, before.samples.length);
  return { ...before, samples: all };
}

/** What the notes say of a constant that was taken off. */
export const offsetNote = (share: number): string =>
  `The sound is off by a constant of ${Math.round(100 * share)} % of full scale, as a sound card adds it: it was taken off.`;

function offsetOf(samples: Float32Array, channel: number, channels: number): number {
  let sum = 0;
  for (let i = channel; i < samples.length; i += channels) sum += samples[i]!;
  const mean = sum / Math.max(1, Math.ceil((samples.length - channel) / channels));
  return Math.abs(mean) < leastOffset ? 0 : mean;
}
