import { melStripFormat, type MelLine } from "../../shared/protocol/mel.ts";
import { fromBase64 } from "./base64.ts";

const { bands, columnMs, lowDb, highDb, lowHz, highHz } = melStripFormat;

/** The mel spectrogram of a clip: a byte a band and column of 40 ms, 72 KB a minute. */
export class MelStore {
  #bytes = new Uint8Array(bands * 1500);
  #columns = 0;

  get length(): number {
    return this.#columns;
  }

  add(line: MelLine): void {
    const first = Math.round(line.startMs / columnMs);
    const columns = fromBase64(line.columns);
    const end = first * bands + columns.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, end));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(columns, first * bands);
    this.#columns = Math.max(this.#columns, first + columns.length / bands);
  }

  /** The loudest value of a band between two times, 0 to 255; 0 where there is nothing. */
  loudest(band: number, startMs: number, endMs: number): number {
    const first = Math.max(0, Math.floor(startMs / columnMs));
    const end = Math.min(this.#columns, Math.max(first + 1, Math.ceil(endMs / columnMs)));
    let max = 0;
    for (let column = first; column < end; column++) max = Math.max(max, this.#bytes[column * bands + band]!);
    return max;
  }
}

/** Decibels of mel power that a byte stands for. */
export function melDecibels(value: number): number {
  return lowDb + (value / 255) * (highDb - lowDb);
}

/** The middle of a band, hertz. */
export function bandHz(band: number): number {
  const mel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
  const at = mel(lowHz) + ((mel(highHz) - mel(lowHz)) * (band + 1)) / (bands + 1);
  return 700 * (10 ** (at / 2595) - 1);
}
