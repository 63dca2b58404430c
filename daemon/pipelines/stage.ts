/** A step of a pipeline: pulls its input, yields its output. Stages compose by function application. */
export type Stage<In, Out> = (input: AsyncIterable<In>) => AsyncIterable<Out>;

/** A stage that turns one item into one, the next only when this one was taken. */
export function eachInTurn<In, Out>(step: (item: In) => Out | Promise<Out>): Stage<In, Out> {
  return async function* (input) {
    for await (const item of input) yield await step(item);
  };
}
