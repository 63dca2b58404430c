import type { AudioChunk } from "../media/frame.ts";
import { Newest } from "../capture/newest.ts";
import type { Arrival } from "./arrival.ts";

/** What a capture page pushes, as the pictures and the sound of a source; while that stands still, the oldest are lost. */
export class PageSource {
  readonly #pictures = new Newest<Arrival>(8);
  readonly #sound = new Newest<AudioChunk>(400);

  get pictures(): AsyncIterable<Arrival> {
    return this.#pictures;
  }
  get sound(): AsyncIterable<AudioChunk> {
    return this.#sound;
  }

  /** Times rise. */
  pushVideo({ timeMs, jpeg, arrivedAt }: Arrival & { readonly jpeg: Uint8Array }): void {
    this.#pictures.put({ timeMs, jpeg, arrivedAt });
  }

  pushAudio(chunk: AudioChunk): void {
    this.#sound.put(chunk);
  }

  end(): void {
    this.#pictures.end();
    this.#sound.end();
  }
}

/** 16 bit little-endian samples as they come over the wire. */
export function toSamples(pcm: Uint8Array): Float32Array {
  const view = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  return Float32Array.from({ length: pcm.byteLength >> 1 }, (_, i) => view.getInt16(2 * i, true) / 32768);
}
