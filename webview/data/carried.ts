import type { FusedLine } from "../../shared/protocol/results.ts";

/** A stretch of time in which the fused emotion of one face came from the same side. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly label: CarriedBy;
}
export type CarriedBy = "face" | "voice" | "both";

/** One modality carries the decision alone when its share is at least this. */
const alone = 2 / 3;
/** A line counts until the next one, but no longer than this. */
const longestStepMs = 1000;

/** Joins the fused lines of one face into stretches. */
export class CarriedStretches {
  readonly #stretches: Stretch[] = [];

  add({ timeMs, carried }: FusedLine): void {
    const last = this.#stretches.at(-1);
    if (last !== undefined && last.endMs > timeMs) this.#replaceLast({ ...last, endMs: timeMs });
    if (carried === undefined) return;
    const label = carried.face >= alone ? "face" : carried.speech >= alone ? "voice" : "both";
    const endMs = timeMs + longestStepMs;
    const before = this.#stretches.at(-1);
    if (before?.label === label && before.endMs === timeMs) this.#replaceLast({ ...before, endMs });
    else this.#stretches.push({ startMs: timeMs, endMs, label });
  }

  build(): readonly Stretch[] {
    return [...this.#stretches];
  }

  #replaceLast(stretch: Stretch): void {
    this.#stretches[this.#stretches.length - 1] = stretch;
  }
}
