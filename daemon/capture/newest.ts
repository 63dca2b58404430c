/**
 * Places for few items between a source that does not wait and a consumer that may be slow: where all are taken, a new
 * item takes the place of the oldest that was not fetched. Iterate once; the iteration ends after {@link Newest.end},
 * when no item is left.
 */
export class Newest<T> implements AsyncIterable<T> {
  /** Items that gave way to newer ones. */
  dropped = 0;
  readonly #places: number;
  readonly #free: (item: T) => void;
  readonly #items: T[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  /** @param free is told of each item that nobody uses any more: it gave way, or the consumer asked for the next */
  constructor(places: number, free: (item: T) => void = () => undefined) {
    this.#places = places;
    this.#free = free;
  }

  put(item: T): void {
    if (this.#items.length === this.#places) {
      this.dropped++;
      this.#free(this.#items.shift()!);
    }
    this.#items.push(item);
    this.#wake?.();
  }

  /** Nothing more comes. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#items.length === 0 && !this.#ended)
        await new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#items.length === 0) return;
      const item = this.#items.shift()!;
      yield item;
      this.#free(item);
    }
  }
}
