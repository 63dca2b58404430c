import type { LiveStats } from "../../shared/protocol/live.ts";
import { unixMs, type LiveCounts } from "./events.ts";

/** Frames whose latency counts. */
const window = 300;
const rateOverMs = 2000;

/** The figures of a live session, as its results come. */
export class LiveFigures {
  #counts: LiveCounts = { framesIn: 0, dropped: 0, framesRecorded: 0 };
  #done = 0;
  readonly #latencies: number[] = [];
  readonly #doneAt: number[] = [];

  /** A result is there. @returns the time since its frame arrived, milliseconds */
  result(arrivedAt: number, counts: LiveCounts): number {
    const now = unixMs();
    const latencyMs = Math.max(0, Math.round(10 * (now - arrivedAt)) / 10);
    this.#counts = counts;
    this.#latencies[this.#done++ % window] = latencyMs;
    this.#doneAt.push(now);
    while (this.#doneAt[0]! < now - rateOverMs) this.#doneAt.shift();
    return latencyMs;
  }

  end(counts: LiveCounts): void {
    this.#counts = counts;
    this.#doneAt.length = 0;
  }

  report(): LiveStats {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const quantile = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    const [first = 0, last = 0] = [this.#doneAt[0], this.#doneAt.at(-1)];
    return {
      ...this.#counts,
      framesDone: this.#done,
      fps: last > first ? Math.round((10_000 * (this.#doneAt.length - 1)) / (last - first)) / 10 : 0,
      latencyP50Ms: quantile(0.5),
      latencyP95Ms: quantile(0.95),
    };
  }
}
