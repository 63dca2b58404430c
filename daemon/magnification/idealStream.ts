import { setImmediate } from "node:timers/promises";
import { IdealBlock } from "./idealBand.ts";

/** Frames that are filtered together; half of them overlap with the next block. */
export const blockFrames = 512;

/** Pairs of series that are filtered before others have their turn: about 10 ms. */
const pairsATurn = 32;

/**
 * The ideal zero-phase band-pass over a stream: answers with one array a frame, in order, up to a block late. Its memory
 * is two blocks, whatever the length of the clip. One call at a time: await each before the next.
 */
export class IdealStream {
  readonly #bandHz: readonly [number, number];
  readonly #frameRate: number;
  readonly #block: number;
  #rows: Float32Array[] = [];
  /** The filtered second half of the block before, to fade out of. */
  #tail: readonly Float32Array[] = [];

  constructor(bandHz: readonly [number, number], frameRate: number, block = blockFrames) {
    this.#bandHz = bandHz;
    this.#frameRate = frameRate;
    this.#block = block;
  }

  /** Takes one frame's pooled planes, which it keeps. @returns the bands that are ready */
  async push(pooled: Float32Array): Promise<Float32Array[]> {
    this.#rows.push(pooled);
    return this.#rows.length < this.#block ? [] : await this.advance();
  }

  /** Makes do with the frames there are for a block. @returns the bands of the older half of them */
  async advance(): Promise<Float32Array[]> {
    const hop = Math.ceil(this.#rows.length / 2);
    const filtered = await filterRows(this.#rows, this.#bandHz, this.#frameRate);
    const ready = fade(this.#tail, filtered.slice(0, hop));
    this.#tail = filtered.slice(hop);
    this.#rows = this.#rows.slice(hop);
    return ready;
  }

  /** Ends the run of frames, as at a scene cut. @returns the bands that were still owed */
  async finish(): Promise<Float32Array[]> {
    if (this.#rows.length === 0) return [];
    const ready = fade(this.#tail, await filterRows(this.#rows, this.#bandHz, this.#frameRate));
    this.#rows = [];
    this.#tail = [];
    return ready;
  }
}

/** `to`, faded in from `from` where that still has frames. */
function fade(from: readonly Float32Array[], to: Float32Array[]): Float32Array[] {
  const frames = Math.min(from.length, to.length);
  for (const [t, row] of to.entries()) {
    const before = from[t];
    if (before !== undefined) {
      const weight = (t + 0.5) / frames;
      for (let i = 0; i < row.length; i++) row[i] = weight * row[i]! + (1 - weight) * before[i]!;
    }
  }
  return to;
}

async function filterRows(
  rows: readonly Float32Array[],
  bandHz: readonly [number, number],
  frameRate: number,
): Promise<Float32Array[]> {
  const length = rows[0]!.length;
  const filtered = rows.map(() => new Float32Array(length));
  const filter = new IdealBlock(rows.length, bandHz, frameRate);
  const a = new Float32Array(rows.length);
  const b = new Float32Array(rows.length);
  for (let i = 0; i < length; i += 2) {
    if (i > 0 && i % (2 * pairsATurn) === 0) await setImmediate();
    const j = Math.min(i + 1, length - 1);
    for (let t = 0; t < rows.length; t++) {
      a[t] = rows[t]![i]!;
      b[t] = rows[t]![j]!;
    }
    filter.filterPair(a, b);
    for (let t = 0; t < rows.length; t++) {
      filtered[t]![i] = a[t]!;
      filtered[t]![j] = b[t]!;
    }
  }
  return filtered;
}
