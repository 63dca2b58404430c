import { signal, type ReadonlySignal } from "@preact/signals";
import { isAppError } from "../../shared/errors.ts";
import { expressionLabels, fusedLabels, speechLabels } from "../../shared/emotion/labels.ts";
import type { AvatarHead } from "../../shared/avatar/head.ts";
import { unpackHead } from "../../shared/avatar/packHead.ts";
import type { LiveFrame, LiveSession, MovedAvatar } from "../../shared/protocol/live.ts";
import type { AnalysisEvent, Face, FusedLine, SpeechLine } from "../../shared/protocol/results.ts";
import type { DaemonEvent, Host } from "../host.ts";
import { RecentBlinks } from "./recentBlinks.ts";
import { RecentSeries } from "./recentSeries.ts";
import { fromPcm16, SoundPlot } from "./soundPlot.ts";

/** What people read changes this often at most; pictures and overlays are drawn as they come. */
const tickMs = 120;
/** A result holds until the next one, and at most this long. */
const reachMs = 1000;
/** Events that are listed. */
const maxEvents = 200;

type FeedHost = Pick<Host, "connected" | "ask" | "onEvent">;

export interface LivePicture {
  readonly timeMs: number;
  readonly jpeg: Blob;
  /** Of the face that it shows; absent for the whole picture. */
  readonly track?: number;
  /** What the drawn head in it was drawn by. */
  readonly moved?: MovedAvatar;
}

/** Everything that the daemon tells of one live session, as it comes; kept for as long as a view needs it. */
export class LiveFeed {
  readonly id: string;
  readonly #session = signal<LiveSession | undefined>(undefined);
  readonly #started = signal(false);
  readonly #tick = signal(0);
  readonly #events = signal<readonly AnalysisEvent[]>([]);
  readonly #failed = signal<unknown>(undefined);
  readonly #faces = new Map<number, RecentSeries>();
  readonly #blinks = new Map<number, RecentBlinks>();
  readonly #voice = new RecentSeries("voice", "Voice", speechLabels);
  readonly #fused = new Map<number | undefined, RecentSeries>();
  readonly #frameListeners = new Set<(frame: LiveFrame) => void>();
  readonly #pictureListeners = new Set<(kind: "preview" | "face-view", picture: LivePicture) => void>();
  readonly #heads = new Map<string, Promise<AvatarHead | undefined>>();
  readonly #stops: (() => void)[] = [];
  readonly #host: FeedHost;
  readonly sound = new SoundPlot();
  #frame: LiveFrame | undefined;
  #speech: SpeechLine | undefined;
  #fusedLine: FusedLine | undefined;
  /** Time of the newest result or sound on the media clock, and when it came. */
  #clock = { mediaMs: 0, arrivedMs: 0 };
  #hasSound = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: FeedHost, id: string) {
    this.#host = host;
    this.id = id;
    this.#stops.push(host.onEvent((event) => this.#receive(event)));
    // A new connection knows nothing of what the old one watched.
    this.#stops.push(
      host.connected.subscribe((connected) => {
        if (connected) void this.#watch();
      }),
    );
  }

  get session(): ReadonlySignal<LiveSession | undefined> {
    return this.#session;
  }
  /** Whoever calls this in a component or an effect is drawn again when what people read may have changed. */
  follow(): number {
    return this.#tick.value;
  }
  get events(): ReadonlySignal<readonly AnalysisEvent[]> {
    return this.#events;
  }
  /** Why it cannot be watched. */
  get failed(): ReadonlySignal<unknown> {
    return this.#failed;
  }
  get frame(): LiveFrame | undefined {
    return this.#frame;
  }
  get speech(): SpeechLine | undefined {
    return this.#speech;
  }
  get fused(): FusedLine | undefined {
    return this.#fusedLine;
  }
  get faces(): readonly Face[] {
    return this.#frame?.line.faces ?? [];
  }
  /** Whether sound was heard of: the page's own, or the daemon's. */
  get hasSound(): boolean {
    return this.#hasSound;
  }

  blinks(track: number): RecentBlinks | undefined {
    return this.#blinks.get(track);
  }

  /** Rows of the history: fused, faces, voice; of those that were there in the last `spanMs`. */
  rows(spanMs: number): readonly RecentSeries[] {
    const fromMs = this.nowMs() - spanMs;
    return [...this.#fused.values(), ...this.#faces.values(), this.#voice].filter(
      (row) => row.lastMs > fromMs,
    );
  }

  /** A head that faces of this session move; undefined where it cannot be had: the daemon's pictures show it all the same. */
  head(name: string): Promise<AvatarHead | undefined> {
    return made(this.#heads, name, () =>
      this.#host.ask("live:head", { id: this.id, name }).then(unpackHead, () => undefined),
    );
  }

  /** Whether anything has come, so that the media clock is known. */
  get started(): ReadonlySignal<boolean> {
    return this.#started;
  }

  /** The media clock now, carried on from what came last. */
  nowMs(): number {
    return this.#started.peek() ? this.#clock.mediaMs + (performance.now() - this.#clock.arrivedMs) : 0;
  }

  onFrame(listener: (frame: LiveFrame) => void): () => void {
    this.#frameListeners.add(listener);
    return () => this.#frameListeners.delete(listener);
  }

  onPicture(listener: (kind: "preview" | "face-view", picture: LivePicture) => void): () => void {
    this.#pictureListeners.add(listener);
    return () => this.#pictureListeners.delete(listener);
  }

  addSound(samples: Float32Array, sampleRateHz: number): void {
    this.#hasSound = true;
    this.sound.add(samples, sampleRateHz);
    this.#soon();
  }

  put(session: LiveSession): void {
    this.#session.value = session;
  }

  close(): void {
    for (const stop of this.#stops) stop();
    clearTimeout(this.#timer);
    // The session may be gone, and with it what would be unwatched.
    if (this.#host.connected.peek()) this.#host.ask("live:unwatch", { id: this.id }).catch(() => undefined);
  }

  async #watch(): Promise<void> {
    try {
      this.put((await this.#host.ask("live:watch", { id: this.id })).session);
      this.#failed.value = undefined;
    } catch (error) {
      const session = this.#session.peek();
      const gone = session !== undefined && isAppError(error, "not_found");
      if (gone) this.put(lost(session));
      this.#failed.value = gone ? undefined : error;
    }
  }

  #receive(event: DaemonEvent): void {
    const { name, payload } = event;
    if (name === "live:state") {
      if (payload.session.id === this.id) this.put(payload.session);
      return;
    }
    if (!name.startsWith("live:") || !("id" in payload) || payload.id !== this.id) return;
    if (name === "live:frame") this.#addFrame(payload);
    else if (name === "live:speech") this.#addSpeech(payload.line);
    else if (name === "live:fused") this.#addFused(payload.line);
    else if (name === "live:events") this.#addEvents(payload.events);
    else if (name === "live:sound") {
      this.#setClock(payload.timeMs);
      this.addSound(fromPcm16(payload.pcm), payload.sampleRateHz);
    } else if (name === "live:preview" || name === "live:face-view") {
      const picture = {
        timeMs: payload.timeMs,
        jpeg: new Blob([payload.jpeg as ArrayBuffer], { type: "image/jpeg" }),
        ...("track" in payload && { track: payload.track, ...(payload.moved && { moved: payload.moved }) }),
      };
      for (const listener of this.#pictureListeners)
        listener(name === "live:preview" ? "preview" : "face-view", picture);
    }
    this.#soon();
  }

  #addFrame(frame: LiveFrame): void {
    this.#frame = frame;
    const { timeMs, faces } = frame.line;
    this.#setClock(timeMs);
    for (const face of faces) {
      const title = `Face ${face.track}`;
      const row = made(
        this.#faces,
        face.track,
        () => new RecentSeries(`face:${face.track}`, title, expressionLabels),
      );
      row.add(timeMs, timeMs + reachMs, face.state === "low_quality", face.emotion ?? face.expression);
      if (face.eyes !== undefined) made(this.#blinks, face.track, () => new RecentBlinks()).seen(timeMs);
    }
    for (const listener of this.#frameListeners) listener(frame);
  }

  #addSpeech(line: SpeechLine): void {
    this.#speech = line;
    this.#voice.add(line.startMs, line.endMs, line.state === "low_quality", line.probabilities);
  }

  #addFused(line: FusedLine): void {
    this.#fusedLine = line;
    const title = line.track === undefined ? "Fused" : `Fused, face ${line.track}`;
    const row = made(
      this.#fused,
      line.track,
      () => new RecentSeries(`fused:${line.track ?? ""}`, title, fusedLabels),
    );
    row.add(line.timeMs, line.timeMs + reachMs, line.state === "low_quality", line.probabilities);
  }

  #addEvents(events: readonly AnalysisEvent[]): void {
    for (const event of events)
      if (event.kind === "blink" && event.track !== undefined)
        made(this.#blinks, event.track, () => new RecentBlinks()).add(event.endMs);
    this.#events.value = [...this.#events.value, ...events].slice(-maxEvents);
  }

  #setClock(mediaMs: number): void {
    this.#clock = { mediaMs, arrivedMs: performance.now() };
    this.#started.value = true;
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tick.value++;
    }, tickMs);
  }
}

/** A session that ran, of which the daemon knows nothing any more: it was another daemon. */
function lost(session: LiveSession): LiveSession {
  if (session.state !== "running" && session.state !== "starting") return session;
  return {
    ...session,
    state: "failed",
    ...(session.recording !== undefined && { analysisId: session.id }),
    failure: { code: "interrupted", message: "The daemon ended, and this session with it." },
  };
}

function made<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const value = make();
  map.set(key, value);
  return value;
}
