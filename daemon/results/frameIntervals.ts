/**
 * Frames further apart than this carry no blinks: closed lids last 100 to 150 ms and fall between them. Of 18 counted
 * blinks (test/integration/analysis/blinks.test.ts) 18 are found at 24 and at 20 frames a second, 15 at 15 and at 12.
 */
export const maxBlinkIntervalMs = 55;

/** Longer intervals are counted as this. */
const maxMs = 10_000;

/** The usual time between two frames, whatever a header says of it. Memory does not grow with the clip. */
export class FrameIntervals {
  /** By milliseconds. */
  readonly #counts = new Uint32Array(maxMs + 1);
  readonly #sums = new Float64Array(maxMs + 1);
  #count = 0;
  #lastMs: number | undefined;

  see(timeMs: number): void {
    const last = this.#lastMs;
    this.#lastMs = timeMs;
    if (last === undefined || timeMs <= last) return;
    const bin = Math.min(maxMs, Math.round(timeMs - last));
    this.#counts[bin]! += 1;
    this.#sums[bin]! += Math.min(maxMs, timeMs - last);
    this.#count++;
  }

  /** Median interval, milliseconds to a thousandth; undefined before the second frame. */
  get median(): number | undefined {
    let seen = 0;
    for (const [bin, count] of this.#counts.entries()) {
      seen += count;
      if (2 * seen > this.#count) return Math.round((1000 * this.#sums[bin]!) / count) / 1000;
    }
    return undefined;
  }
}
