import type { FrameLine } from "../../shared/protocol/results.ts";
import { round } from "../../shared/round.ts";

/** What a user should know about the magnification of a clip: how much, how often the bound held it back, and why. */
export class MagnificationNotes {
  #lowest = Infinity;
  #highest = 0;
  #faces = 0;
  #clamped = 0;
  #displacementPx = 0;

  push({ faces }: FrameLine): void {
    for (const { magnification } of faces) {
      if (magnification === undefined) continue;
      this.#faces++;
      this.#lowest = Math.min(this.#lowest, magnification.alpha);
      this.#highest = Math.max(this.#highest, magnification.alpha);
      this.#displacementPx = Math.max(this.#displacementPx, magnification.displacementPx);
      if (magnification.clamped) this.#clamped++;
    }
  }

  finish(): string[] {
    if (this.#faces === 0) return [];
    const share = Math.round((100 * this.#clamped) / this.#faces);
    return [
      `Amplification alpha ran from ${round(this.#lowest, 1)} to ${round(this.#highest, 1)}; the largest displacement ` +
        `in the pass band was ${round(this.#displacementPx, 2)} pixels of the crop.`,
      ...(share > 0
        ? [
            `The bound (1 + alpha) * delta < lambda / 8 clamped alpha in ${share} % of the faces: the motion there is ` +
              "too large to be magnified as asked.",
          ]
        : []),
      "Compound emotions are pairs of basic probabilities: no network was trained for them.",
    ];
  }
}
