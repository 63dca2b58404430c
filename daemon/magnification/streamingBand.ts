import type { Section } from "./butterworth.ts";

/**
 * A causal band-pass over time for each element of a stream of equally long arrays. Its memory is two arrays a section;
 * it never looks ahead. The first array after a reset is taken as the steady state, so the answer to it is 0 and a clip
 * does not begin with a flash.
 */
export class StreamingBand {
  readonly #sections: readonly Section[];
  readonly #z1: readonly Float32Array[];
  readonly #z2: readonly Float32Array[];
  #fresh = true;

  /** @param length elements of each array */
  constructor(sections: readonly Section[], length: number) {
    this.#sections = sections;
    this.#z1 = sections.map(() => new Float32Array(length));
    this.#z2 = sections.map(() => new Float32Array(length));
  }

  /** Forgets the past: the next array is a new steady state. */
  reset(): void {
    this.#fresh = true;
  }

  /** Filters `x` into `y`; both hold `length` elements and may be the same array. */
  step(x: Float32Array, y: Float32Array): void {
    if (this.#fresh) this.#settle(x);
    this.#fresh = false;
    let input = x;
    for (const [k, { b0, b1, b2, a1, a2 }] of this.#sections.entries()) {
      const z1 = this.#z1[k]!;
      const z2 = this.#z2[k]!;
      for (let i = 0; i < y.length; i++) {
        const v = input[i]!;
        const out = b0 * v + z1[i]!;
        z1[i] = b1 * v - a1 * out + z2[i]!;
        z2[i] = b2 * v - a2 * out;
        y[i] = out;
      }
      input = y;
    }
  }

  /** Sets the state that a constant input of `x` for ever would have left. */
  #settle(x: Float32Array): void {
    let scale = 1;
    for (const [k, { b0, b1, b2, a1, a2 }] of this.#sections.entries()) {
      const gain = (b0 + b1 + b2) / (1 + a1 + a2);
      const z1 = (gain - b0) * scale;
      const z2 = (b2 - a2 * gain) * scale;
      for (let i = 0; i < x.length; i++) {
        this.#z1[k]![i] = z1 * x[i]!;
        this.#z2[k]![i] = z2 * x[i]!;
      }
      scale *= gain;
    }
  }
}
