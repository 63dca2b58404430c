/** A step back further than this is a break in the clip's clock, not a wrong frame. */
const breakMs = 1000;
/** The least time between two frames, milliseconds. */
const minMs = 0.001;

/**
 * Turns a file's own frame times into strictly rising ones on the media clock. A frame without a time, one that repeats
 * a time or steps a little back follows its predecessor at once and the next one is on its own time again; after a
 * step back of more than a second the clip goes on one frame after where it was. Jumps forward are kept: a still
 * picture may last.
 */
export class FrameClock {
  readonly #frameMs: number;
  #offsetMs = 0;
  #lastMs: number | undefined;

  /** @param frameRate frames a second, on average */
  constructor(frameRate: number) {
    this.#frameMs = 1000 / frameRate;
  }

  /** @param ownMs the frame's own time, or undefined when it has none */
  next(ownMs: number | undefined): number {
    const last = this.#lastMs;
    let timeMs = ownMs === undefined ? (last ?? -this.#frameMs) + this.#frameMs : ownMs + this.#offsetMs;
    if (last === undefined) timeMs = Math.max(0, timeMs);
    else if (timeMs < last - breakMs) {
      this.#offsetMs += last + this.#frameMs - timeMs;
      timeMs = last + this.#frameMs;
    } else if (timeMs <= last) timeMs = last + minMs;
    // Microseconds: what the decoder knows, without the tails of floating point.
    timeMs = Math.round(1000 * timeMs) / 1000;
    this.#lastMs = timeMs;
    return timeMs;
  }
}
