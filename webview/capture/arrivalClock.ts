/** How long an offset is held: long enough to meet one quick arrival, short enough to follow clocks that drift. */
const windowMs = 10_000;

/**
 * Puts the times of a device's clock on the clock of the page. Each arrival is late by some varying delay; the least late
 * of the last 10 to 20 s stands for the device's own delay, which nobody can measure from here.
 */
export class ArrivalClock {
  #windowStartMs = -Infinity;
  #current = Infinity;
  #before = Infinity;

  /** @returns the time on the page's clock of what the device says happened at `deviceMs` and arrived at `arrivalMs`. */
  toPage(deviceMs: number, arrivalMs: number): number {
    if (arrivalMs - this.#windowStartMs > windowMs) {
      this.#before = this.#current;
      this.#current = Infinity;
      this.#windowStartMs = arrivalMs;
    }
    this.#current = Math.min(this.#current, arrivalMs - deviceMs);
    return deviceMs + Math.min(this.#current, this.#before);
  }
}
