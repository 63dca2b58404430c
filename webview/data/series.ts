/** How a sample of a series may be shown. */
export const sampleState = { ok: 0, lowQuality: 1, absent: 2 } as const;
export type SampleState = (typeof sampleState)[keyof typeof sampleState];

/** The state of a sample. */
export function stateOf(probabilities: object | undefined, lowQuality: boolean): SampleState {
  if (probabilities === undefined) return sampleState.absent;
  return lowQuality ? sampleState.lowQuality : sampleState.ok;
}

/** Probabilities over time in columns; sample `i` covers `[startMs[i], endMs[i])`. */
export interface SeriesLevel {
  readonly length: number;
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  /** {@link sampleState}; values of `absent` samples are zeros that mean nothing. */
  readonly state: Uint8Array;
  /** `length` rows of one value a label. */
  readonly values: Float32Array;
}

/** One face, the voice, or one fused row, with coarser copies of itself for views of many samples. */
export interface Series {
  readonly id: string;
  readonly title: string;
  readonly labels: readonly string[];
  /** `levels[0]` is every sample; each further level holds means over two samples of the one before. */
  readonly levels: readonly SeriesLevel[];
}

/** Collects samples of one series in order of time. */
export class SeriesBuilder {
  readonly id: string;
  readonly title: string;
  readonly labels: readonly string[];
  #length = 0;
  #startMs = new Float64Array(256);
  #endMs = new Float64Array(256);
  #state = new Uint8Array(256);
  #values: Float32Array;

  constructor(id: string, title: string, labels: readonly string[]) {
    this.id = id;
    this.title = title;
    this.labels = labels;
    this.#values = new Float32Array(256 * labels.length);
  }

  get length(): number {
    return this.#length;
  }

  /** Appends a sample; `probabilities` is absent where nothing could be said. */
  add(
    startMs: number,
    endMs: number,
    lowQuality: boolean,
    probabilities: Readonly<Record<string, number>> | undefined,
  ): void {
    if (this.#length === this.#startMs.length) this.#grow();
    const i = this.#length++;
    this.#startMs[i] = startMs;
    this.#endMs[i] = endMs;
    this.#state[i] = stateOf(probabilities, lowQuality);
    if (probabilities !== undefined)
      this.labels.forEach((label, k) => {
        this.#values[i * this.labels.length + k] = probabilities[label] ?? 0;
      });
  }

  /** Ends the last sample at `endMs`, where it would last longer. */
  endLastBy(endMs: number): void {
    const last = this.#length - 1;
    if (last >= 0 && endMs < this.#endMs[last]!) this.#endMs[last] = Math.max(endMs, this.#startMs[last]!);
  }

  build(): Series {
    const n = this.#length;
    const levels: SeriesLevel[] = [
      {
        length: n,
        startMs: this.#startMs.slice(0, n),
        endMs: this.#endMs.slice(0, n),
        state: this.#state.slice(0, n),
        values: this.#values.slice(0, n * this.labels.length),
      },
    ];
    for (let last = levels[0]!; last.length > 256;) {
      const next = coarser(last, this.labels.length);
      // Gaps are kept: a series of nothing else does not become shorter.
      if (next.length > 0.9 * last.length) break;
      levels.push((last = next));
    }
    return { id: this.id, title: this.title, labels: this.labels, levels };
  }

  #grow(): void {
    const size = this.#startMs.length * 2;
    this.#startMs = grown(this.#startMs, new Float64Array(size));
    this.#endMs = grown(this.#endMs, new Float64Array(size));
    this.#state = grown(this.#state, new Uint8Array(size));
    this.#values = grown(this.#values, new Float32Array(size * this.labels.length));
  }
}

function grown<T extends Float64Array | Float32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Samples follow one another when no more than this lies between them, ms. */
const gapMs = 1;

/** Whether sample `i` follows the one before it without a gap. */
export function follows(level: SeriesLevel, i: number): boolean {
  return level.startMs[i]! - level.endMs[i - 1]! <= gapMs;
}

/**
 * Means over two samples that can be shown and follow one another; a group is absent when all of its samples are. What
 * has a gap before or behind it stays alone, so that no sample reaches over one.
 */
function coarser(fine: SeriesLevel, width: number): SeriesLevel {
  const starts: number[] = [];
  for (let i = 0; i < fine.length; i++) {
    starts.push(i);
    if (i + 1 < fine.length && follows(fine, i + 1)) i++;
  }
  const length = starts.length;
  const level: SeriesLevel = {
    length,
    startMs: new Float64Array(length),
    endMs: new Float64Array(length),
    state: new Uint8Array(length),
    values: new Float32Array(length * width),
  };
  for (let i = 0; i < length; i++) {
    const from = starts[i]!;
    const to = starts[i + 1] ?? fine.length;
    level.startMs[i] = fine.startMs[from]!;
    level.endMs[i] = fine.endMs[to - 1]!;
    level.state[i] = meanOf(fine, width, from, to, level.values, i * width);
  }
  return level;
}

/** Writes the mean of the samples `from..to` that hold values into `out`; returns the state of the whole. */
export function meanOf(
  level: SeriesLevel,
  width: number,
  from: number,
  to: number,
  out: Float32Array,
  at = 0,
): SampleState {
  let held = 0;
  let trusted = 0;
  out.fill(0, at, at + width);
  for (let j = from; j < to; j++) {
    if (level.state[j] === sampleState.absent) continue;
    held++;
    if (level.state[j] === sampleState.ok) trusted++;
    for (let k = 0; k < width; k++) out[at + k]! += level.values[j * width + k]!;
  }
  if (held === 0) return sampleState.absent;
  for (let k = 0; k < width; k++) out[at + k]! /= held;
  return trusted * 2 >= held ? sampleState.ok : sampleState.lowQuality;
}

/** {@link meanOf} the samples that start in `[startMs, endMs)`. */
export function meanBetween(
  level: SeriesLevel,
  width: number,
  startMs: number,
  endMs: number,
  out: Float32Array,
): SampleState {
  const from = sampleAt(level.startMs, startMs - 0.001) + 1;
  const to = sampleAt(level.startMs, endMs - 0.001) + 1;
  return meanOf(level, width, from, to, out);
}

/** Index of the sample that holds values at `timeMs`; -1 when there is none. */
export function heldAt(level: SeriesLevel, timeMs: number): number {
  const i = sampleAt(level.startMs, timeMs);
  return i >= 0 && timeMs < level.endMs[i]! && level.state[i] !== sampleState.absent ? i : -1;
}

/** Index of the last sample that starts at or before `timeMs`; -1 when there is none. */
export function sampleAt(startMs: Float64Array, timeMs: number, length = startMs.length): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (startMs[mid]! <= timeMs) low = mid + 1;
    else high = mid;
  }
  return low - 1;
}

/** The coarsest level that still has `wanted` samples between the two times, and the samples' indices. */
export function levelFor(
  series: Series,
  startMs: number,
  endMs: number,
  wanted: number,
): { level: SeriesLevel; from: number; to: number } {
  for (let k = series.levels.length - 1; ; k--) {
    const level = series.levels[k]!;
    const from = Math.max(sampleAt(level.startMs, startMs), 0);
    const to = sampleAt(level.startMs, endMs) + 1;
    if (to - from >= wanted || k === 0) return { level, from, to };
  }
}
