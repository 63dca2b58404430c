/** When a signal counts as on, and which spells of it count. */
export interface SpellRule {
  /** A spell starts at or above this value and ends below `leave`. */
  readonly enter: number;
  readonly leave: number;
  /** It must reach this value somewhere. */
  readonly peak: number;
  /** One that is over so soon may have reached its peak between two samples: this value is enough. */
  readonly brief?: { readonly maxMs: number; readonly peak: number };
  readonly minMs: number;
  readonly maxMs: number;
  /** It must be on in so many samples. */
  readonly samples: number;
}

export interface Spell {
  readonly startMs: number;
  readonly endMs: number;
  /** Of the greatest value. */
  readonly apexMs: number;
  readonly peak: number;
}

/** Finds the spells during which a signal is on, with hysteresis; one value at a time. */
export class SpellFinder {
  readonly #rule: SpellRule;
  #open: { startMs: number; apexMs: number; peak: number; samples: number } | undefined;

  constructor(rule: SpellRule) {
    this.#rule = rule;
  }

  /** The spell that ends with this value, if it lasted as long as it must. */
  push(timeMs: number, value: number): Spell | undefined {
    const open = this.#open;
    if (open === undefined) {
      if (value >= this.#rule.enter)
        this.#open = { startMs: timeMs, apexMs: timeMs, peak: value, samples: 1 };
      return undefined;
    }
    if (value < this.#rule.leave) return this.end(timeMs);
    open.samples++;
    if (value > open.peak) this.#open = { ...open, apexMs: timeMs, peak: value };
    return undefined;
  }

  /** Ends a spell that goes on at `timeMs`: the clip is over, or the signal is lost. */
  end(timeMs: number): Spell | undefined {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return undefined;
    const lengthMs = timeMs - open.startMs;
    const { brief, minMs, maxMs, samples } = this.#rule;
    const peak = brief !== undefined && lengthMs <= brief.maxMs ? brief.peak : this.#rule.peak;
    if (open.samples < samples || open.peak < peak || lengthMs < minMs || lengthMs > maxMs) return undefined;
    return { startMs: open.startMs, endMs: timeMs, apexMs: open.apexMs, peak: open.peak };
  }
}
