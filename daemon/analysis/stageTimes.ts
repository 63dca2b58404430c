import type { StageSpeed } from "../../shared/protocol/results.ts";
import type { Meter } from "../pipelines/meter.ts";

/** Durations from 1 microsecond to 1000 seconds in steps of 2 %: p50 and p95 are right to 1 %. */
const minMs = 1e-3;
const step = Math.log(1.02);
const buckets = Math.ceil(Math.log(1e9) / step);

/** How long each step of a pipeline took, in a histogram a step: memory does not grow with the clip. */
export class StageTimes implements Meter {
  readonly #steps = new Map<string, { runs: number; counts: Uint32Array }>();

  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.add(name, performance.now() - start);
    return result;
  }

  add(name: string, ms: number): void {
    let entry = this.#steps.get(name);
    if (entry === undefined) this.#steps.set(name, (entry = { runs: 0, counts: new Uint32Array(buckets) }));
    const bucket = Math.floor(Math.log(Math.max(minMs, ms) / minMs) / step);
    entry.counts[Math.min(buckets - 1, bucket)]! += 1;
    entry.runs++;
  }

  /** Takes the time that a consumer waits for each item of `input`. */
  async *waits<T>(name: string, input: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    let start = performance.now();
    for await (const item of input) {
      this.add(name, performance.now() - start);
      yield item;
      start = performance.now();
    }
  }

  /** In the order in which the steps first ran. */
  report(): StageSpeed[] {
    return Array.from(this.#steps, ([name, { runs, counts }]) => ({
      name,
      runs,
      p50Ms: quantile(counts, runs, 0.5),
      p95Ms: quantile(counts, runs, 0.95),
    }));
  }
}

function quantile(counts: Uint32Array, runs: number, fraction: number): number {
  let left = fraction * runs;
  for (const [bucket, count] of counts.entries()) {
    left -= count;
    if (left <= 0) return Number((minMs * Math.exp((bucket + 0.5) * step)).toPrecision(3));
  }
  return 0;
}
