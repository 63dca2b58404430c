/** Times of frames that lie evenly, where no analysis has read them. */
export class FrameGrid {
  frameMs = 40;
  durationMs = 0;
  /** Whether the rate was read from the clip. */
  known = false;

  get length(): number {
    return Math.max(1, Math.ceil(this.durationMs / this.frameMs - 1e-6));
  }

  timeOf(frame: number): number {
    return frame * this.frameMs;
  }

  /** The frame on the screen at a time; half a millisecond of slack absorbs rounding of the media clock. */
  frameAt(timeMs: number): number {
    return Math.min(Math.floor((timeMs + 0.5) / this.frameMs), this.length - 1);
  }

  /** The nearest edge of a frame. */
  snap(timeMs: number): number {
    return Math.round(timeMs / this.frameMs) * this.frameMs;
  }
}
