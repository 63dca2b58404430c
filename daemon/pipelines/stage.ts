/** A step of a pipeline: pulls its input, yields its output. */
export type Stage<In, Out> = (input: AsyncIterable<In>) => AsyncIterable<Out>;

/** Stages one after another, in the order in which an item passes them. */
export function pipe<A, B, C>(...stages: [Stage<A, B>, Stage<B, C>]): Stage<A, C>;
export function pipe<A, B, C, D>(...stages: [Stage<A, B>, Stage<B, C>, Stage<C, D>]): Stage<A, D>;
export function pipe<A, B, C, D, E>(
  ...stages: [Stage<A, B>, Stage<B, C>, Stage<C, D>, Stage<D, E>]
): Stage<A, E>;
export function pipe<A, B, C, D, E, F>(
  ...stages: [Stage<A, B>, Stage<B, C>, Stage<C, D>, Stage<D, E>, Stage<E, F>]
): Stage<A, F>;
export function pipe<A, B, C, D, E, F, G>(
  ...stages: [Stage<A, B>, Stage<B, C>, Stage<C, D>, Stage<D, E>, Stage<E, F>, Stage<F, G>]
): Stage<A, G>;
export function pipe(...stages: Stage<unknown, unknown>[]): Stage<unknown, unknown> {
  return (input) => stages.reduce((items, stage) => stage(items), input);
}

/** A stage that turns one item into one, the next only when this one was taken. */
export function eachInTurn<In, Out>(step: (item: In) => Out | Promise<Out>): Stage<In, Out> {
  return async function* (input) {
    for await (const item of input) yield await step(item);
  };
}

/** A stage that turns up to `most` items at once into as many, the next only when these were taken. */
export function eachTogether<In, Out>(
  most: number,
  step: (items: readonly In[]) => Promise<readonly Out[]>,
): Stage<In, Out> {
  return async function* (input) {
    let items: In[] = [];
    for await (const item of input) {
      items.push(item);
      if (items.length < most) continue;
      yield* await step(items);
      items = [];
    }
    if (items.length > 0) yield* await step(items);
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

/** An input that is not there: the pictures of a clip that has none. */
export const nothing: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};
