/**
 * A place for one item between a source that does not wait and a consumer that may be slow: a new item takes the place
 * of one that was not fetched. Iterate once; the iteration ends after {@link Newest.end}, when the place is empty.
 */
export class Newest<T> implements AsyncIterable<T> {
  /** Items that gave way to newer ones. */
  dropped = 0;
  readonly #free: (item: T) => void;
  #item: { readonly value: T } | undefined;
  #ended = false;
  #wake: (() => void) | undefined;

  /** @param free is told of each item that nobody uses any more: it gave way, or the consumer asked for the next */
  constructor(free: (item: T) => void = () => undefined) {
    this.#free = free;
  }

  put(value: T): void {
    if (this.#item) {
      this.dropped++;
      this.#free(this.#item.value);
    }
    this.#item = { value };
    this.#wake?.();
  }

  /** Nothing more comes. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#item === undefined && !this.#ended)
        await new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#item === undefined) return;
      const { value } = this.#item;
      this.#item = undefined;
      yield value;
      this.#free(value);
    }
  }
}
