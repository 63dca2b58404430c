/** How long a frame waits for its time, which ffmpeg wrote before the frame itself. */
const patienceMs = 1000;

/**
 * Filters that give each frame's time in microseconds on stderr and leave the frame to go on as `[p]`. `showinfo` also
 * adds up all pixels, so it is shown a corner of 2 x 2; a crop costs nothing.
 */
export const printFrameTimes =
  "settb=1/1000000,split[i][p];[i]crop=w=min(iw\\,2):h=min(ih\\,2):x=0:y=0:exact=1,showinfo,nullsink";

/**
 * The frames' own times, from the lines that {@link printFrameTimes} writes on stderr, one before each frame that goes
 * down the pipe. Raw video has no room for times, and containers that have cost a copy of every frame.
 */
export class FrameTimes {
  readonly #times = new Map<number, number | undefined>();
  readonly #changes = new Set<number>();
  #first = 0;
  #last = -1;
  #ended = false;
  #wake: (() => void) | undefined;

  /** Takes a line of stderr; false when it is not about a frame's time. */
  read(line: string): boolean {
    if (!line.startsWith("[Parsed_showinfo_")) return false;
    const match = / n: *(\d+) pts: *(\S+)/.exec(line);
    if (!match) return true;
    const number = Number(match[1]);
    // The filter counts anew when the picture changes its size in mid-clip.
    if (this.#first + number <= this.#last) {
      this.#first = this.#last + 1 - number;
      this.#changes.add(this.#first + number);
    }
    this.#last = this.#first + number;
    const us = Number(match[2]);
    this.#times.set(this.#last, Number.isFinite(us) ? us / 1000 : undefined);
    this.#wake?.();
    return true;
  }

  /** Whether the picture has another size or format from this frame on. Ask once {@link of} has told its time. */
  changes(index: number): boolean {
    return this.#changes.delete(index);
  }

  /** No more lines will come. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The own time of frame `index` in milliseconds, undefined when it has none. Ask for each index once, in order. */
  async of(index: number): Promise<number | undefined> {
    const until = Date.now() + patienceMs;
    while (this.#last < index && !this.#ended && Date.now() < until) {
      const timer = setTimeout(() => this.#wake?.(), patienceMs);
      await new Promise<void>((resolve) => (this.#wake = resolve)).finally(() => clearTimeout(timer));
    }
    const timeMs = this.#times.get(index);
    this.#times.delete(index);
    return timeMs;
  }
}
