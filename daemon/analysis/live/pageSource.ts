import type { AudioChunk } from "../../media/frame.ts";
import type { Picture } from "./source.ts";

/** What a capture page pushes, as the pictures and the sound of a source. */
export class PageSource {
  readonly #pictures = new Queue<Picture>(8);
  readonly #sound = new Queue<AudioChunk>(400);

  get pictures(): AsyncIterable<Picture> {
    return this.#pictures;
  }
  get sound(): AsyncIterable<AudioChunk> {
    return this.#sound;
  }

  /** Times rise. */
  pushVideo({ timeMs, jpeg, arrivedAt }: Picture & { readonly jpeg: Uint8Array }): void {
    this.#pictures.push({ timeMs, jpeg, arrivedAt });
  }

  pushAudio(chunk: AudioChunk): void {
    this.#sound.push(chunk);
  }

  end(): void {
    this.#pictures.end();
    this.#sound.end();
  }
}

/** Hands items on in order, to one consumer; while that stands still, few wait, and the oldest are lost. */
class Queue<T> implements AsyncIterable<T> {
  readonly #most: number;
  readonly #items: T[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  push(item: T): void {
    if (this.#items.length >= this.#most) this.#items.shift();
    this.#items.push(item);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#items.length === 0 && !this.#ended)
        await new Promise<void>((resolve) => (this.#wake = resolve));
      const item = this.#items.shift();
      if (item === undefined) return;
      yield item;
    }
  }
}

/** 16 bit little-endian samples as they come over the wire. */
export function toSamples(pcm: Uint8Array): Float32Array {
  const view = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  return Float32Array.from({ length: pcm.byteLength >> 1 }, (_, i) => view.getInt16(2 * i, true) / 32768);
}
