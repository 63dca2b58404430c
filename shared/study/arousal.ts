import { actionUnits, maxIntensity, type ActionUnit } from "../emotion/actionUnits.ts";

/** How much of the past a unit's activation is held against. */
const windowMs = 60_000;
/** So many of the units that stand out most count. */
const strongest = 5;

/**
 * Arousal of a face over time from its action units, as we remember the reference manual of Noldus FaceReader 9: each unit's
 * activation (0 to 1; of closed eyes, 1 minus that) minus its own mean over the last minute, at least 0; the mean of the five
 * largest. Of FaceReader's 20 units those that are not estimated here (18, 24, 27) are missing; closed eyes are AU 45 for its AU 43.
 */
export class ArousalMeter {
  readonly #recent: { readonly timeMs: number; readonly activations: readonly number[] }[] = [];
  readonly #sums = actionUnits.map(() => 0);

  /** Times rise. @param units intensities of 0 to 5 @returns 0 to 1 */
  add(timeMs: number, units: Readonly<Partial<Record<ActionUnit, number>>>): number {
    const activations = actionUnits.map((unit) => {
      const active = Math.min(1, Math.max(0, (units[unit] ?? 0) / maxIntensity));
      return unit === "AU45" ? 1 - active : active;
    });
    this.#recent.push({ timeMs, activations });
    this.#count(activations, 1);
    while (this.#recent[0]!.timeMs <= timeMs - windowMs) this.#count(this.#recent.shift()!.activations, -1);
    const n = this.#recent.length;
    const above = activations.map((active, k) => Math.max(0, active - this.#sums[k]! / n));
    const most = above.sort((a, b) => b - a).slice(0, strongest);
    return most.reduce((a, b) => a + b, 0) / strongest;
  }

  #count(activations: readonly number[], sign: 1 | -1): void {
    activations.forEach((active, k) => (this.#sums[k]! += sign * active));
  }
}
