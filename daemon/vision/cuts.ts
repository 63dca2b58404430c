import type { Frame } from "../media/frame.ts";

const columns = 32;
const rows = 18;
const bins = 16;

/**
 * Mean change of a luma sample, 0..255, and change of the histogram, 0..1, over which a frame begins a new scene. Within
 * scenes of talking heads, pans and hand-held shots the greatest seen were 15 and 0.09; cuts had from 78 and 0.28 on.
 */
const limits = { change: 18, histogram: 0.2 };

/**
 * Tells whether a frame begins a new scene: its luma, on a sparse grid, differs from the last frame's in place (what a
 * cut does, but also a pan) and in its histogram (what a pan does not). Costs microseconds.
 */
export class SceneCuts {
  #last = new Uint8Array(columns * rows);
  #now = new Uint8Array(columns * rows);
  readonly #histogram = new Int32Array(bins);
  #started = false;

  /** Call for each frame in turn. The first one begins no new scene. */
  isCut({ width, height, data }: Frame): boolean {
    [this.#last, this.#now] = [this.#now, this.#last];
    this.#histogram.fill(0);
    let change = 0;
    for (let r = 0; r < rows; r++) {
      const line = Math.floor(((r + 0.5) * height) / rows) * width;
      for (let c = 0; c < columns; c++) {
        const i = r * columns + c;
        const value = data[line + Math.floor(((c + 0.5) * width) / columns)]!;
        const before = this.#last[i]!;
        this.#now[i] = value;
        change += Math.abs(value - before);
        this.#histogram[value >> 4]! += 1;
        this.#histogram[before >> 4]! -= 1;
      }
    }
    const first = !this.#started;
    this.#started = true;
    if (first) return false;
    const samples = columns * rows;
    let moved = 0;
    for (const count of this.#histogram) moved += Math.abs(count);
    return change / samples > limits.change && moved / (2 * samples) > limits.histogram;
  }
}
