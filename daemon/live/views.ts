import { sideBySide } from "../magnification/sideBySide.ts";
import type { AudioChunk, Frame } from "../media/frame.ts";
import type { MovedAvatar } from "../../shared/protocol/live.ts";
import { encodeJpeg } from "../media/jpeg.ts";
import type { LiveEvent } from "./events.ts";

/** Pictures a second, and the height of the whole one, for those who look on. Faces are small and shown as fast as cameras see them. */
const previewsPerSecond = 15;
const facesPerSecond = 30;
const previewHeight = 480;

/** What those who look on see and hear. Makes nothing while nobody does. */
export class Views {
  /** Somebody looks on. */
  watched = false;
  readonly #tell: (event: LiveEvent) => void;
  readonly #previews = new Throttle(previewsPerSecond);
  readonly #faces = new Map<number, Throttle>();

  constructor(tell: (event: LiveEvent) => void) {
    this.#tell = tell;
  }

  /** Reads `frame` before it returns. */
  preview(frame: Frame): void {
    if (!this.watched) return;
    const { timeMs } = frame;
    this.#previews.run(async () => {
      this.#tell({ kind: "preview", timeMs, jpeg: await encodeJpeg(frame, previewHeight) });
    });
  }

  /** A face as it was and as the pipeline shows it; reads both before it returns. */
  face(track: number, original: Frame, shown: Frame, moved?: MovedAvatar): void {
    if (!this.watched) return;
    let pace = this.#faces.get(track);
    if (pace === undefined) this.#faces.set(track, (pace = new Throttle(facesPerSecond)));
    const { width, height, timeMs } = original;
    pace.run(async () => {
      const data = new Uint8Array(2 * original.data.length);
      sideBySide(original.data, shown.data, width, height, data);
      const jpeg = await encodeJpeg({ ...original, width: 2 * width, data }, height);
      this.#tell({ kind: "face-view", timeMs, track, jpeg, moved });
    });
  }

  sound({ timeMs, sampleRateHz, samples }: AudioChunk): void {
    if (!this.watched) return;
    const pcm = Int16Array.from(samples, (sample) => Math.round(32767 * sample));
    this.#tell({ kind: "sound", timeMs, sampleRateHz, pcm: new Uint8Array(pcm.buffer) });
  }
}

/** Runs a thing at most so many times a second, and one at a time; in between it does nothing. */
class Throttle {
  readonly #everyMs: number;
  #nextAt = 0;
  #busy = false;

  constructor(perSecond: number) {
    this.#everyMs = 1000 / perSecond;
  }

  run(work: () => Promise<void>): void {
    const now = performance.now();
    if (this.#busy || now < this.#nextAt) return;
    this.#nextAt = Math.max(now, this.#nextAt + this.#everyMs);
    this.#busy = true;
    void work()
      // One that cannot be made is left out: the analysis goes on for those who do not look on.
      .catch(() => undefined)
      .finally(() => (this.#busy = false));
  }
}
