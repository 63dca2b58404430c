import type { Track } from "../../shared/protocol/results.ts";
import { round } from "../../shared/round.ts";

const stepMs = 5000;
/** A sliding minute. */
const windowSteps = 12;
const minSeenMs = 10_000;

/** Blinks a minute over a sliding minute, counted against the time for which the eyes were seen. */
export class BlinkRate {
  readonly #startMs: number;
  /** How long the eyes were seen in each step. */
  readonly #seenMs: number[] = [];

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** The eyes were seen for `lengthMs`, until `timeMs`. */
  seen(timeMs: number, lengthMs: number): void {
    const step = this.#stepOf(timeMs);
    while (this.#seenMs.length <= step) this.#seenMs.push(0);
    this.#seenMs[step]! += lengthMs;
  }

  /** @param blinksMs times of the blinks */
  finish(blinksMs: readonly number[]): Pick<Track, "blinkRate"> {
    const blinks = this.#seenMs.map(() => 0);
    for (const timeMs of blinksMs) blinks[Math.min(blinks.length - 1, this.#stepOf(timeMs))]! += 1;
    const lastMinute = (values: readonly number[], step: number): number =>
      values.slice(Math.max(0, step + 1 - windowSteps), step + 1).reduce((sum, value) => sum + value, 0);
    const perMinute = this.#seenMs.map((_, step) => {
      const seenMs = lastMinute(this.#seenMs, step);
      return seenMs < minSeenMs ? null : round((60_000 * lastMinute(blinks, step)) / seenMs, 1);
    });
    if (perMinute.every((rate) => rate === null)) return {};
    return { blinkRate: { startMs: this.#startMs + stepMs, stepMs, perMinute } };
  }

  #stepOf(timeMs: number): number {
    return Math.max(0, Math.floor((timeMs - this.#startMs) / stepMs));
  }
}
