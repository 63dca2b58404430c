import type { MediaInfo } from "../../shared/protocol/results.ts";
import { round } from "../../shared/round.ts";
import { FrameIntervals, maxBlinkIntervalMs } from "./frameIntervals.ts";

/** A header that is off by less is taken as right: the last frame's length is nowhere written. */
const tolerance = { ms: 1000, share: 0.02 };

/** How long a clip is and how often it has a picture, from what was decoded of it. What its header says only guesses. */
export class DecodedLength {
  readonly #intervals = new FrameIntervals();
  #frames = 0;
  #firstMs = 0;
  #lastMs = 0;
  #heardMs = 0;

  /** A frame was decoded. */
  see(timeMs: number): void {
    if (this.#frames === 0) this.#firstMs = timeMs;
    this.#frames++;
    this.#lastMs = timeMs;
    this.#intervals.see(timeMs);
  }

  /** Sound was decoded until this time. */
  hear(endMs: number): void {
    this.#heardMs = Math.max(this.#heardMs, endMs);
  }

  /** The clip as it was found, and what to say where its header had said something else. */
  finish(media: MediaInfo): { media: MediaInfo; notes: string[] } {
    const intervalMs = this.#intervals.median;
    const seenMs = this.#frames > 0 ? this.#lastMs + (intervalMs ?? 0) : 0;
    const durationMs = round(Math.max(seenMs, this.#heardMs), 3);
    if (durationMs === 0) return { media, notes: [] };
    const spanMs = this.#lastMs - this.#firstMs;
    const measured = spanMs > 0 ? (1000 * (this.#frames - 1)) / spanMs : undefined;
    const stated = media.video?.frameRate ?? 1;
    const frameRate = measured !== undefined && Math.abs(measured / stated - 1) > 0.01 ? measured : stated;
    const found: MediaInfo = {
      ...media,
      durationMs,
      ...(media.video && {
        video: {
          ...media.video,
          frameRate: round(Math.min(1000, frameRate), 3),
          ...(intervalMs !== undefined && { frameIntervalMs: intervalMs }),
        },
      }),
    };
    const { statedDurationMs = 0 } = media;
    const off = Math.abs(statedDurationMs - durationMs);
    const wrong = statedDurationMs > 0 && off > Math.max(tolerance.ms, tolerance.share * durationMs);
    const slow = intervalMs !== undefined && intervalMs > maxBlinkIntervalMs;
    const seconds = (ms: number): string => (ms / 1000).toFixed(1);
    return {
      media: found,
      notes: [
        ...(wrong
          ? [
              `The file says that it lasts ${seconds(statedDurationMs)} s; ${seconds(durationMs)} s were decoded.`,
            ]
          : []),
        ...(slow
          ? [
              `Blinks were not counted: the pictures are ${Math.round(intervalMs)} ms apart, and lids close and open in less. It takes twenty a second or more.`,
            ]
          : []),
      ],
    };
  }
}
