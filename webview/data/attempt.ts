import { signal, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { errorText } from "./text.ts";

/** What a user asked for: whether it is under way, and why it last failed. */
export class Attempt {
  readonly #failure = signal<string | undefined>(undefined);
  readonly #running = signal(0);

  /** In words; undefined from the start of the next attempt on. */
  get failure(): ReadonlySignal<string | undefined> {
    return this.#failure;
  }

  get busy(): boolean {
    return this.#running.value > 0;
  }

  /** @param signal a failure that comes after its abort is nobody's any more */
  run(work: Promise<unknown>, signal?: AbortSignal): void {
    this.#failure.value = undefined;
    this.#running.value += 1;
    work
      .catch((error: unknown) => {
        if (signal?.aborted !== true) this.#failure.value = errorText(error);
      })
      .finally(() => (this.#running.value -= 1));
  }
}

/** An {@link Attempt} for as long as the component is there. */
export function useAttempt(): Attempt {
  return useMemo(() => new Attempt(), []);
}
