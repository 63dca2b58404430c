import { setTimeout as sleep } from "node:timers/promises";

/**
 * Looks until there is something.
 * @param what is waited for, as the failure names it
 */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 20_000,
  what = "what was waited for",
): Promise<T> {
  const endAt = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > endAt) throw new Error(`After ${timeoutMs / 1000} s there was no sign of ${what}.`);
    await sleep(25);
  }
}
