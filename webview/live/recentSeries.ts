import { sampleState, stateOf, type Series } from "../data/series.ts";

/** Samples that are kept; with more, the oldest half goes. */
const capacity = 4096;

/** The last stretch of one series in columns, appended to as it comes. */
export class RecentSeries {
  readonly id: string;
  readonly title: string;
  readonly labels: readonly string[];
  #length = 0;
  readonly #startMs = new Float64Array(capacity);
  readonly #endMs = new Float64Array(capacity);
  readonly #state = new Uint8Array(capacity);
  readonly #values: Float32Array;

  constructor(id: string, title: string, labels: readonly string[]) {
    this.id = id;
    this.title = title;
    this.labels = labels;
    this.#values = new Float32Array(capacity * labels.length);
  }

  /** End of the last sample; -Infinity while there is none. */
  get lastMs(): number {
    return this.#length === 0 ? -Infinity : this.#endMs[this.#length - 1]!;
  }

  /** Appends a sample. One that overlaps those before ends them where it starts. */
  add(
    startMs: number,
    endMs: number,
    lowQuality: boolean,
    probabilities: Readonly<Record<string, number>> | undefined,
  ): void {
    if (this.#length === capacity) this.#forget();
    for (let i = this.#length - 1; i >= 0 && this.#endMs[i]! > startMs; i--)
      this.#endMs[i] = Math.max(startMs, this.#startMs[i]!);
    const i = this.#length++;
    this.#startMs[i] = startMs;
    this.#endMs[i] = endMs;
    this.#state[i] = stateOf(probabilities, lowQuality);
    this.labels.forEach((label, k) => {
      this.#values[i * this.labels.length + k] = probabilities?.[label] ?? 0;
    });
  }

  /** What is held now, without a copy: good until the next sample comes. */
  view(): Series {
    const n = this.#length;
    const level = {
      length: n,
      startMs: this.#startMs.subarray(0, n),
      endMs: this.#endMs.subarray(0, n),
      state: this.#state.subarray(0, n),
      values: this.#values.subarray(0, n * this.labels.length),
    };
    return { id: this.id, title: this.title, labels: this.labels, levels: [level] };
  }

  /** The last sample's probabilities, where it has some. */
  last(): Readonly<Record<string, number>> | undefined {
    const i = this.#length - 1;
    if (i < 0 || this.#state[i] === sampleState.absent) return undefined;
    return Object.fromEntries(
      this.labels.map((label, k) => [label, this.#values[i * this.labels.length + k]!]),
    );
  }

  #forget(): void {
    const half = capacity / 2;
    for (const column of [this.#startMs, this.#endMs, this.#state]) column.copyWithin(0, half);
    this.#values.copyWithin(0, half * this.labels.length);
    this.#length = half;
  }
}
