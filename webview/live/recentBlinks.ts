const minuteMs = 60_000;

/** Blinks of one face: all so far, and those of the last minute. */
export class RecentBlinks {
  #count = 0;
  #startedMs: number | undefined;
  #ends: number[] = [];

  /** The face was there at `timeMs`. */
  seen(timeMs: number): void {
    this.#startedMs ??= timeMs;
  }

  add(endMs: number): void {
    this.#count++;
    this.#ends.push(endMs);
  }

  get count(): number {
    return this.#count;
  }

  /** Over the last minute, or over what there is of it; nothing before 10 s, which say too little. */
  perMinute(nowMs: number): number | undefined {
    const sinceMs = nowMs - (this.#startedMs ?? nowMs);
    if (sinceMs < 10_000) return undefined;
    this.#ends = this.#ends.filter((endMs) => endMs > nowMs - minuteMs);
    return (this.#ends.length * minuteMs) / Math.min(sinceMs, minuteMs);
  }
}
