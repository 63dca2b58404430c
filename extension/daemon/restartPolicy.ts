/** After this many crashes within the window the extension stops trying. */
const crashLimit = 5;
const windowMs = 3 * 60_000;
const firstDelayMs = 500;
const maxDelayMs = 15_000;

/**
 * Says after each crash when to start again: at once it seems, then later and later. `undefined` means to give up.
 */
export class RestartPolicy {
  #crashes: number[] = [];

  /** Tells of a crash at `nowMs`; returns the delay before the next start in ms. */
  crashed(nowMs: number): number | undefined {
    this.#crashes = [...this.#crashes.filter((at) => nowMs - at < windowMs), nowMs];
    const count = this.#crashes.length;
    if (count >= crashLimit) return undefined;
    return Math.min(firstDelayMs * 3 ** (count - 1), maxDelayMs);
  }

  /** Forgets the past, when a user asks to start again. */
  reset(): void {
    this.#crashes = [];
  }
}
