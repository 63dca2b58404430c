import { IdealBlock } from "./idealBand.ts";

/** One frame's pooled planes; `cut` says that it does not continue the frame before. */
export interface PooledFrame {
  readonly pooled: Float32Array;
  readonly cut: boolean;
}

/** Frames that are filtered together; half of them overlap with the next block. */
const blockFrames = 1024;

/**
 * The ideal zero-phase band-pass over a stream: yields one array a frame, in order, a block late. Its memory is two
 * blocks, whatever the length of the clip; a scene cut ends a block.
 */
export async function* idealBands(
  frames: AsyncIterable<PooledFrame>,
  bandHz: readonly [number, number],
  frameRate: number,
  block = blockFrames,
): AsyncGenerator<Float32Array> {
  const hop = block >> 1;
  let rows: Float32Array[] = [];
  /** The filtered second half of the block before, to fade out of. */
  let tail: readonly Float32Array[] = [];
  for await (const { pooled, cut } of frames) {
    if (cut && rows.length > 0) {
      yield* fade(tail, filterRows(rows, bandHz, frameRate));
      rows = [];
      tail = [];
    }
    rows.push(pooled);
    if (rows.length === block) {
      const filtered = filterRows(rows, bandHz, frameRate);
      yield* fade(tail, filtered.slice(0, hop));
      tail = filtered.slice(hop);
      rows = rows.slice(hop);
    }
  }
  if (rows.length > 0) yield* fade(tail, filterRows(rows, bandHz, frameRate));
}

/** `to`, faded in from `from` where that still has frames. */
function* fade(from: readonly Float32Array[], to: readonly Float32Array[]): Generator<Float32Array> {
  for (const [t, row] of to.entries()) {
    const before = from[t];
    if (before !== undefined) {
      const weight = (t + 0.5) / from.length;
      for (let i = 0; i < row.length; i++) row[i] = weight * row[i]! + (1 - weight) * before[i]!;
    }
    yield row;
  }
}

function filterRows(
  rows: readonly Float32Array[],
  bandHz: readonly [number, number],
  frameRate: number,
): Float32Array[] {
  const length = rows[0]!.length;
  const filtered = rows.map(() => new Float32Array(length));
  const filter = new IdealBlock(rows.length, bandHz, frameRate);
  const a = new Float32Array(rows.length);
  const b = new Float32Array(rows.length);
  for (let i = 0; i < length; i += 2) {
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
