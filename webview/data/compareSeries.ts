import { clusterBootstrap, type Interval } from "../../shared/stats/intervals.ts";
import { sampleAt, sampleState, SeriesBuilder, type Series } from "./series.ts";

/** How far two results say the same of one person or voice, over the time in which both say something. */
export interface Compared {
  /** `distance`: half the sum of the differences of the probabilities, 0 to 1; `differs`: another emotion leads, 0 or 1. */
  readonly difference: Series;
  readonly comparedMs: number;
  /** Share of that time in which the same emotion leads. */
  readonly sameEmotion: number;
  readonly distance: number;
  readonly emotions: readonly ComparedEmotion[];
}

export interface ComparedEmotion {
  readonly label: string;
  /** Means over the time that is compared. */
  readonly first: number;
  readonly second: number;
  /** Of the second minus the first: 95 %, by a bootstrap over blocks of time; absent with fewer than {@link minBlocks}. */
  readonly interval?: Interval;
}

/** Samples of one second resemble each other: what is drawn anew are stretches as long as this. */
export const blockMs = 2000;
const minBlocks = 5;
const draws = 1000;

/** @returns undefined where they share no label, or no time in which both say something */
export function compareSeries(first: Series, second: Series): Compared | undefined {
  const labels = first.labels.filter((label) => second.labels.includes(label));
  const [a, b] = [first.levels[0]!, second.levels[0]!];
  const builder = new SeriesBuilder(`difference:${first.id}`, "Difference", ["distance", "differs"]);
  const at = (series: Series, sample: number, label: string): number =>
    series.levels[0]!.values[sample * series.labels.length + series.labels.indexOf(label)]!;
  const sums = new Sums(labels);
  for (let i = 0; labels.length > 1 && i < a.length; i++) {
    const middleMs = (a.startMs[i]! + a.endMs[i]!) / 2;
    const j = sampleAt(b.startMs, middleMs, b.length);
    if (j < 0 || middleMs >= b.endMs[j]!) continue;
    if (a.state[i] === sampleState.absent || b.state[j] === sampleState.absent) continue;
    const pairs = labels.map((label) => [at(first, i, label), at(second, j, label)] as const);
    const distance = pairs.reduce((sum, [x, y]) => sum + Math.abs(x - y), 0) / 2;
    const differs = leader(pairs, 0) === leader(pairs, 1) ? 0 : 1;
    const lowQuality = a.state[i] === sampleState.lowQuality || b.state[j] === sampleState.lowQuality;
    builder.add(a.startMs[i]!, a.endMs[i]!, lowQuality, { distance: Math.min(distance, 1), differs });
    sums.add(middleMs, a.endMs[i]! - a.startMs[i]!, pairs, distance, differs);
  }
  return sums.ms > 0 ? { difference: builder.build(), ...sums.figures() } : undefined;
}

function leader(pairs: readonly (readonly [number, number])[], side: 0 | 1): number {
  let best = 0;
  pairs.forEach((pair, k) => {
    if (pair[side] > pairs[best]![side]) best = k;
  });
  return best;
}

/** Sums over time, whole and by block. */
class Sums {
  readonly #labels: readonly string[];
  readonly #whole: { first: number; second: number }[];
  /** By number: time, and for each label the difference times that. */
  readonly #blocks = new Map<number, { ms: number; differences: number[] }>();
  ms = 0;
  #distance = 0;
  #differs = 0;

  constructor(labels: readonly string[]) {
    this.#labels = labels;
    this.#whole = labels.map(() => ({ first: 0, second: 0 }));
  }

  add(
    timeMs: number,
    ms: number,
    pairs: readonly (readonly [number, number])[],
    distance: number,
    differs: number,
  ): void {
    const number = Math.floor(timeMs / blockMs);
    let block = this.#blocks.get(number);
    if (block === undefined)
      this.#blocks.set(number, (block = { ms: 0, differences: this.#labels.map(() => 0) }));
    block.ms += ms;
    this.ms += ms;
    this.#distance += ms * distance;
    this.#differs += ms * differs;
    for (const [k, [x, y]] of pairs.entries()) {
      block.differences[k]! += ms * (y - x);
      this.#whole[k]!.first += ms * x;
      this.#whole[k]!.second += ms * y;
    }
  }

  figures(): Omit<Compared, "difference"> {
    const blocks = [...this.#blocks.values()];
    const names = blocks.map((_, i) => String(i));
    return {
      comparedMs: this.ms,
      sameEmotion: 1 - this.#differs / this.ms,
      distance: this.#distance / this.ms,
      emotions: this.#labels.map((label, k) => ({
        label,
        first: this.#whole[k]!.first / this.ms,
        second: this.#whole[k]!.second / this.ms,
        ...(blocks.length >= minBlocks && {
          interval: clusterBootstrap(
            (indices) => {
              let [sum, ms] = [0, 0];
              for (const i of indices) {
                sum += blocks[i]!.differences[k]!;
                ms += blocks[i]!.ms;
              }
              return sum / ms;
            },
            names,
            { draws, seed: 1 },
          ),
        }),
      })),
    };
  }
}
