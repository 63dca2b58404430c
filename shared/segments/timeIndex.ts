interface Timed {
  readonly startMs: number;
  readonly endMs?: number | undefined;
}

/** Things in order of their start that can be found by time without looking at all of them. */
export class TimeIndex<Thing extends Timed> {
  readonly all: readonly Thing[];
  /** The latest end of this and all before. */
  readonly #latest: Float64Array;

  constructor(all: readonly Thing[]) {
    this.all = all;
    this.#latest = new Float64Array(all.length);
    let latest = -Infinity;
    all.forEach(({ startMs, endMs = startMs }, i) => (this.#latest[i] = latest = Math.max(latest, endMs)));
  }

  /** Those that touch the stretch. */
  *between(fromMs: number, toMs: number): Generator<Thing> {
    // The first whose end, or that of one before it, reaches the stretch.
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#latest[middle]! < fromMs) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < this.all.length; i++) {
      const thing = this.all[i]!;
      if (thing.startMs > toMs) return;
      if ((thing.endMs ?? thing.startMs) >= fromMs) yield thing;
    }
  }

  /** One that holds a stretch whole. */
  holding(startMs: number, endMs: number, fits: (thing: Thing) => boolean = () => true): Thing | undefined {
    for (const thing of this.between(startMs, startMs))
      if ((thing.endMs ?? thing.startMs) >= endMs && thing.startMs <= startMs && fits(thing)) return thing;
    return undefined;
  }

  /** The shortest that covers a time. */
  at(timeMs: number): Thing | undefined {
    let best: Thing | undefined;
    for (const thing of this.between(timeMs, timeMs)) {
      const length = (one: Thing) => (one.endMs ?? one.startMs) - one.startMs;
      if ((thing.endMs ?? thing.startMs) > timeMs && (best === undefined || length(thing) <= length(best)))
        best = thing;
    }
    return best;
  }
}
