/** An answer from memory is that old at most, whoever changed what it is about: milliseconds. */
const oldestMs = 5000;
/** Computing takes at most one part of so many of the time. */
const parts = 20;

/**
 * A costly answer, computed anew when somebody asks after a change, but so seldom that it takes a twentieth of the time. What
 * is computed in a moment is as good as always fresh.
 */
export class Sparing<T> {
  readonly #compute: () => Promise<T>;
  #answer: { value: Promise<T>; at: number; freshUntil: number } | undefined;
  #changed = false;

  constructor(compute: () => Promise<T>) {
    this.#compute = compute;
  }

  /** What is known may be another now. */
  changed(): void {
    this.#changed = true;
  }

  get(): Promise<T> {
    const now = performance.now();
    const known = this.#answer;
    if (known !== undefined && now < (this.#changed ? known.freshUntil : known.at + oldestMs))
      return known.value;
    this.#changed = false;
    const answer = { value: this.#compute(), at: now, freshUntil: Infinity };
    this.#answer = answer;
    answer.value.then(
      () => (answer.freshUntil = now + Math.min(oldestMs, parts * (performance.now() - now))),
      () => {
        if (this.#answer === answer) this.#answer = undefined;
      },
    );
    return answer.value;
  }
}
