/** A step of a pipeline: pulls its input, yields its output. Stages compose by function application. */
export type Stage<In, Out> = (input: AsyncIterable<In>) => AsyncIterable<Out>;

/** A stage that turns one item into one, the next only when this one was taken. */
export function eachInTurn<In, Out>(step: (item: In) => Out | Promise<Out>): Stage<In, Out> {
  return async function* (input) {
    for await (const item of input) yield await step(item);
  };
}

/**
 * Pulls up to `count` items before they are asked for, so that the stages before it work on the next items while those
 * behind it work on this one. Order and results stay the same.
 */
export function readAhead<T>(count: number): Stage<T, T> {
  return async function* (input) {
    const iterator = input[Symbol.asyncIterator]();
    const pulled: Promise<IteratorResult<T>>[] = [];
    try {
      for (;;) {
        while (pulled.length <= count) {
          const next = iterator.next();
          // It is awaited later; until then its failure is no unhandled one.
          next.catch(() => undefined);
          pulled.push(next);
        }
        const result = await pulled.shift()!;
        if (result.done === true) return;
        yield result.value;
      }
    } finally {
      await Promise.allSettled(pulled);
      await iterator.return?.();
    }
  };
}
