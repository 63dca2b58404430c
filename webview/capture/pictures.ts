import { ArrivalClock } from "./arrivalClock.ts";
import type { EncodeAnswer, EncodeRequest } from "./encode.worker.ts";

/** Pictures that may be on their way to the daemon at a time. */
const maxUnanswered = 2;
/** Larger pictures are scaled down to fit. */
const maxWidth = 1280;
const maxHeight = 720;

/** Chromium's; other browsers lack it and are read through a video element. */
declare const MediaStreamTrackProcessor: new (init: { track: MediaStreamTrack }) => {
  readonly readable: ReadableStream<VideoFrame>;
};

export interface PicturePumpOptions {
  /** Shows the track; the source of pictures where the browser has no better one. */
  readonly video: HTMLVideoElement;
  /** Start of the page's clock on `performance.now()`. */
  readonly startedAtMs: number;
  /** Fulfilled when the daemon has the picture; a rejection counts it as dropped. */
  readonly send: (timeMs: number, jpeg: ArrayBuffer) => Promise<void>;
}

interface Waiting {
  readonly picture: VideoFrame | ImageBitmap;
  readonly timeMs: number;
}

/**
 * Sends the camera's pictures as JPEG, each with its time on the page's clock. While one is encoded and two are on their
 * way, the newest picture waits and replaces the one that waited before, which counts as dropped.
 */
export class PicturePump {
  readonly #options: PicturePumpOptions;
  readonly #worker = new Worker(new URL("./encode.worker.js", import.meta.url), { type: "module" });
  readonly #clock = new ArrivalClock();
  readonly #abort = new AbortController();
  #waiting: Waiting | undefined;
  #encoding: Waiting | undefined;
  #unanswered = 0;
  #taken = 0;
  #dropped = 0;
  #lastMs = -1;

  constructor(track: MediaStreamTrack, options: PicturePumpOptions) {
    this.#options = options;
    this.#worker.addEventListener("message", ({ data }: MessageEvent<EncodeAnswer>) => this.#encoded(data));
    if ("MediaStreamTrackProcessor" in globalThis) void this.#readTrack(track);
    else this.#readVideo(options.video);
  }

  /** Pictures that the camera gave. */
  get taken(): number {
    return this.#taken;
  }

  /** Those of them that never reached the daemon. */
  get dropped(): number {
    return this.#dropped;
  }

  stop(): void {
    this.#abort.abort();
    this.#waiting?.picture.close();
    this.#waiting = undefined;
    this.#worker.terminate();
  }

  async #readTrack(track: MediaStreamTrack): Promise<void> {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    this.#abort.signal.addEventListener("abort", () => void reader.cancel());
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const arrivalMs = performance.now();
      this.#take(next.value, this.#clock.toPage(next.value.timestamp / 1000, arrivalMs));
    }
  }

  #readVideo(video: HTMLVideoElement): void {
    const presented = (now: number, frame: VideoFrameCallbackMetadata): void => {
      if (this.#abort.signal.aborted) return;
      video.requestVideoFrameCallback(presented);
      void createImageBitmap(video).then((picture) => this.#take(picture, frame.captureTime ?? now));
    };
    video.requestVideoFrameCallback(presented);
  }

  #take(picture: VideoFrame | ImageBitmap, atMs: number): void {
    this.#taken++;
    const timeMs = atMs - this.#options.startedAtMs;
    if (this.#abort.signal.aborted || timeMs <= this.#lastMs || timeMs < 0) {
      picture.close();
      this.#dropped++;
      return;
    }
    this.#lastMs = timeMs;
    if (this.#waiting !== undefined) {
      this.#waiting.picture.close();
      this.#dropped++;
    }
    this.#waiting = { picture, timeMs };
    this.#encodeNext();
  }

  #encodeNext(): void {
    if (this.#encoding !== undefined || this.#unanswered >= maxUnanswered) return;
    const next = this.#waiting;
    if (next === undefined) return;
    this.#waiting = undefined;
    this.#encoding = next;
    const { picture } = next;
    const [width, height] =
      "displayWidth" in picture
        ? [picture.displayWidth, picture.displayHeight]
        : [picture.width, picture.height];
    const scale = Math.min(maxWidth / width, maxHeight / height, 1);
    const request: EncodeRequest = {
      picture,
      width: Math.round(width * scale),
      height: Math.round(height * scale),
    };
    this.#worker.postMessage(request, [picture]);
  }

  #encoded({ jpeg }: EncodeAnswer): void {
    const timeMs = this.#encoding!.timeMs;
    this.#encoding = undefined;
    if (jpeg === undefined) this.#dropped++;
    else {
      this.#unanswered++;
      this.#options
        .send(timeMs, jpeg)
        .catch(() => this.#dropped++)
        .finally(() => {
          this.#unanswered--;
          this.#encodeNext();
        });
    }
    this.#encodeNext();
  }
}
