import type { FusedLine } from "../../shared/protocol/results.ts";

/** A stretch of time in which the fused emotion of one face came from the same side. */
export interface CarriedStretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly label: CarriedBy;
}
export type CarriedBy = "face" | "voice" | "both";

/** One modality carries the decision alone when its share is at least this. */
const alone = 2 / 3;

/** Joins the fused lines of one face into stretches. */
export class CarriedStretches {
  readonly #stretches: CarriedStretch[] = [];

  /** A line, which counts until `endMs`; in order of time. */
  add({ timeMs, carried }: FusedLine, endMs: number): void {
    if (carried === undefined) return;
    const label = carried.face >= alone ? "face" : carried.speech >= alone ? "voice" : "both";
    const before = this.#stretches.at(-1);
    if (before?.label === label && before.endMs === timeMs)
      this.#stretches[this.#stretches.length - 1] = { ...before, endMs };
    else this.#stretches.push({ startMs: timeMs, endMs, label });
  }

  build(): readonly CarriedStretch[] {
    return [...this.#stretches];
  }
}
