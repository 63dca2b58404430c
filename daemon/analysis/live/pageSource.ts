import type { AudioChunk } from "../../media/frame.ts";
import type { Picture } from "./source.ts";

/** What a capture page pushes, as the pictures and the sound of a source. */
export class PageSource {
  readonly #pictures = new Queue<Picture>();
  readonly #sound = new Queue<AudioChunk>();

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

/** Items that wait for a consumer who stands still longer than this are lost, the oldest first. */
const mostWaiting = 400;

/** Hands items on in order, to one consumer. */
class Queue<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  push(item: T): void {
    if (this.#items.length >= mostWaiting) this.#items.shift();
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
