/** Lengths of arrays that are kept for use again. */
const maxLengths = 16;

/** Arrays that are used again and again, so that a run makes no garbage of its inputs' size. */
export class ArrayPool {
  readonly #allocate: (bytes: number) => ArrayBufferLike;
  readonly #spare = new Map<number, Float32Array[]>();

  constructor(allocate: (bytes: number) => ArrayBufferLike) {
    this.#allocate = allocate;
  }

  take(length: number): Float32Array {
    const bytes = length * Float32Array.BYTES_PER_ELEMENT;
    return this.#spare.get(length)?.pop() ?? new Float32Array(this.#allocate(bytes));
  }

  give(array: Float32Array): void {
    const spare = this.#spare.get(array.length) ?? [];
    spare.push(array);
    // Last in the order of use; sound has many lengths, and the one that was used longest ago goes.
    this.#spare.delete(array.length);
    this.#spare.set(array.length, spare);
    if (this.#spare.size > maxLengths) this.#spare.delete(this.#spare.keys().next().value!);
  }
}
