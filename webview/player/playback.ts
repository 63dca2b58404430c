import { signal, type ReadonlySignal } from "@preact/signals";
import { Listeners } from "../../shared/listeners.ts";

/** Where the frames of a clip lie in time. */
export interface FrameIndex {
  readonly length: number;
  timeOf(frame: number): number;
  /** The frame on the screen at a time. */
  frameAt(timeMs: number): number;
}

export const speeds = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 4] as const;

/** Half of this is added when seeking to a frame, so that the decoder lands inside it and not on its edge. */
const assumedFrameMs = 1000 / 60;

/**
 * Plays one media element and knows, to the frame, what it shows: `timeMs` follows the presented frame's own time
 * (requestVideoFrameCallback), not the wall clock. Media without a picture follow the element's clock.
 */
export class Playback {
  readonly #timeMs = signal(0);
  readonly #playing = signal(false);
  readonly #rate = signal(1);
  readonly #reverse = signal(false);
  readonly #failed = signal<string | undefined>(undefined);
  readonly #listeners = new Listeners<number>();
  readonly #frames: FrameIndex;
  readonly #durationMs: number;
  readonly #hasVideo: boolean;
  #media: HTMLVideoElement | undefined;
  /** Where the last seek leads. */
  #targetMs = 0;
  /** Where the media were last sent: they get the next target when they arrive. */
  #sentMs = 0;
  /** Nothing was played since the last seek. */
  #sought = false;
  /** Counts the times it was played backwards: only the last one goes on. */
  #backwards = 0;
  #abort = new AbortController();

  constructor(frames: FrameIndex, durationMs: number, hasVideo: boolean) {
    this.#frames = frames;
    this.#durationMs = durationMs;
    this.#hasVideo = hasVideo;
  }

  get timeMs(): ReadonlySignal<number> {
    return this.#timeMs;
  }
  /** Where the last seek leads, or else what is shown: a frame that is presented begins before its seek's target. */
  get headingMs(): number {
    return this.#sought ? this.#targetMs : this.#timeMs.value;
  }
  get playing(): ReadonlySignal<boolean> {
    return this.#playing;
  }
  get rate(): ReadonlySignal<number> {
    return this.#rate;
  }
  get reverse(): ReadonlySignal<boolean> {
    return this.#reverse;
  }
  /** Why the media cannot be played; the rest of the page works without it. */
  get failed(): ReadonlySignal<string | undefined> {
    return this.#failed;
  }

  /** Calls `listener` within the frame callback of each presented frame, so that what it draws appears with it. */
  onFrame(listener: (timeMs: number) => void): () => void {
    return this.#listeners.add(listener);
  }

  attach(media: HTMLVideoElement): () => void {
    const abort = new AbortController();
    const { signal: until } = abort;
    const goesOn = this.#playing.value && !this.#reverse.value;
    this.#media = media;
    this.#abort = abort;
    this.#failed.value = undefined;
    media.addEventListener("play", () => (this.#playing.value = true), { signal: until });
    media.addEventListener(
      "pause",
      () => {
        if (!this.#reverse.value) this.#playing.value = false;
      },
      { signal: until },
    );
    media.addEventListener("ratechange", () => (this.#rate.value = media.playbackRate), { signal: until });
    media.addEventListener(
      "error",
      () => (this.#failed.value = media.error?.message || "The media could not be played here."),
      { signal: until },
    );
    if (this.#hasVideo && "requestVideoFrameCallback" in media) {
      const presented = (_now: number, frame: VideoFrameCallbackMetadata): void => {
        if (until.aborted) return;
        this.#present(frame.mediaTime * 1000);
        media.requestVideoFrameCallback(presented);
      };
      media.requestVideoFrameCallback(presented);
    } else {
      const tick = (): void => {
        if (until.aborted) return;
        if (!media.paused) this.#present(media.currentTime * 1000);
        requestAnimationFrame(tick);
      };
      tick();
    }
    media.addEventListener("seeked", () => this.#arrive(media), { signal: until });
    // Another copy of the clip goes on where the one before was, and plays if that did.
    if (this.#sought || this.headingMs > 0) this.seek(this.headingMs);
    if (goesOn) this.play();
    return () => abort.abort();
  }

  toggle(): void {
    if (this.#playing.value) this.pause();
    else this.play();
  }

  play(): void {
    this.#reverse.value = false;
    if (this.#media?.ended === true) this.seek(0);
    // The element's error event says why it cannot play; a pause that comes first rejects too and means nothing.
    this.#media?.play().catch(() => {
      if (!this.#reverse.value) this.#playing.value = false;
    });
  }

  pause(): void {
    // Played backwards it stops where it is, not where it was to go next.
    if (this.#reverse.value) this.#targetMs = this.#sentMs;
    this.#reverse.value = false;
    this.#playing.value = false;
    this.#media?.pause();
  }

  /** L: plays; again while playing, the next faster speed. J: the same backwards. */
  shuttle(direction: 1 | -1): void {
    const moving = this.#playing.value && this.#reverse.value === direction < 0;
    const next = speeds.find((speed) => speed > this.#rate.value);
    this.setRate(moving ? (next ?? this.#rate.value) : 1);
    if (direction > 0) this.play();
    else if (!moving) void this.#playBackwards();
  }

  setRate(rate: number): void {
    this.#rate.value = rate;
    // Both: another copy begins at the default.
    if (this.#media !== undefined) this.#media.defaultPlaybackRate = this.#media.playbackRate = rate;
  }

  /** The next faster or slower of {@link speeds}. */
  changeSpeed(direction: 1 | -1): void {
    const at = speeds.findIndex((speed) => speed >= this.#rate.value);
    this.setRate(speeds[Math.min(Math.max(at + direction, 0), speeds.length - 1)]!);
  }

  seek(timeMs: number): void {
    const target = Math.min(Math.max(timeMs, 0), this.#durationMs);
    this.#timeMs.value = target;
    this.#targetMs = target;
    this.#sought = true;
    const media = this.#media;
    const loaded = media !== undefined && media.readyState > 0;
    if (media !== undefined && !(loaded && media.seeking)) this.#send(media);
    // Media that are not loaded yet will start there, and say nothing until then.
    if (!loaded) this.#show(target);
  }

  /** Only when no seek is under way: Chromium never ends one that is called back to where it was going. */
  #send(media: HTMLVideoElement): void {
    this.#sentMs = this.#targetMs;
    // Times are cut to whole microseconds: one more, or it would land before a frame that begins there.
    media.currentTime = (this.#targetMs + 0.001) / 1000;
  }

  #arrive(media: HTMLVideoElement): void {
    if (media.seeking) return;
    if (!this.#sought) this.#show(media.currentTime * 1000);
    else if (this.#sentMs === this.#targetMs) this.#show(this.#targetMs);
    else this.#send(media);
  }

  /** Pauses and shows the frame `by` frames on. */
  step(by: number): void {
    this.pause();
    const frame = this.#frames.frameAt(this.headingMs);
    const next = Math.min(Math.max(frame + by, 0), Math.max(this.#frames.length - 1, 0));
    this.seek(this.#frames.timeOf(next) + assumedFrameMs / 4);
  }

  skip(byMs: number): void {
    this.seek(this.headingMs + byMs);
  }

  #present(timeMs: number): void {
    const arrived = this.#media?.seeking === false && this.#sentMs === this.#targetMs;
    if (arrived && this.#media?.paused === false) this.#sought = false;
    // Frames of earlier seeks may be presented during the last one, and even after it.
    if (this.#sought && this.#frames.frameAt(timeMs) !== this.#frames.frameAt(this.#targetMs)) return;
    this.#show(timeMs);
  }

  #show(timeMs: number): void {
    this.#timeMs.value = timeMs;
    this.#listeners.tell(timeMs);
  }

  /** Browsers do not play backwards: seeks one frame back after another, at most at the wanted speed. */
  async #playBackwards(): Promise<void> {
    const media = this.#media;
    if (media === undefined) return;
    media.pause();
    this.#reverse.value = true;
    this.#playing.value = true;
    const run = ++this.#backwards;
    const running = (): boolean =>
      run === this.#backwards && this.#reverse.value && !this.#abort.signal.aborted;
    let last = performance.now();
    while (this.headingMs > 0) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      if (!running()) return;
      const now = performance.now();
      this.seek(this.headingMs - (now - last) * this.#rate.value);
      last = now;
      if (media.seeking)
        await new Promise((resolve) => media.addEventListener("seeked", resolve, { once: true }));
    }
    if (running()) this.pause();
  }
}
