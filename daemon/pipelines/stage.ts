/** A step of a pipeline: pulls its input, yields its output. Stages compose by function application. */
export type Stage<In, Out> = (input: AsyncIterable<In>) => AsyncIterable<Out>;
