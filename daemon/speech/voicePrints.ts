import type { VoiceWindow } from "./activity.ts";
import type { SpeakerReader } from "./speaker.ts";

/** Voice goes on over pauses up to this. */
const pauseMs = 250;

/** A piece of voice with its embedding. */
export interface VoicePrint {
  /** What was heard for it. */
  readonly startMs: number;
  readonly endMs: number;
  /** What it counts for: pieces overlap, and are cut where it is quietest between their middles. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Of unit length. */
  readonly embedding: Float32Array;
}

/** Has an embedding read, and may measure how long that takes. */
export type SpeakerTimer = (read: () => Promise<Float32Array>) => Promise<Float32Array>;

interface Stretch {
  readonly start: number;
  end: number;
  /** Where the next piece starts. */
  next: number;
  /** Index of its first print. */
  readonly first: number;
  /** Level of its windows, in order. */
  readonly windows: VoiceWindow[];
}

/**
 * Takes sound with its voice activity, and gives each stretch of voice embeddings: of pieces of a window's length, a hop apart,
 * the last one up to the stretch's end, or one of the whole stretch where that is shorter. Stretches that are too short have none. One of these is for
 * one sound from its beginning; it keeps the sound of a window, and an embedding a hop of voice.
 */
export class VoicePrints {
  /** In order of time. */
  readonly prints: VoicePrint[] = [];
  /** Of the network: see {@link SpeakerReader}. */
  readonly voiceGains: readonly number[];
  readonly #reader: SpeakerReader;
  readonly #time: SpeakerTimer;
  readonly #window: number;
  readonly #hop: number;
  readonly #least: number;
  /** The last sound, and the number of its first sample. */
  #sound = new Float32Array();
  #from = 0;
  #stretch: Stretch | undefined;

  constructor(reader: SpeakerReader, time: SpeakerTimer = (read) => read()) {
    this.#reader = reader;
    this.#time = time;
    this.voiceGains = reader.voiceGains;
    const samples = (seconds: number): number => Math.round(seconds * reader.sampleRateHz);
    this.#window = samples(reader.windowSeconds);
    this.#hop = samples(reader.hopSeconds);
    this.#least = samples(reader.leastSeconds);
  }

  /** @param windows voice activity that these samples completed, in order */
  async hear(samples: Float32Array, windows: readonly VoiceWindow[]): Promise<void> {
    const sound = new Float32Array(this.#sound.length + samples.length);
    sound.set(this.#sound);
    sound.set(samples, this.#sound.length);
    this.#sound = sound;
    for (const window of windows) await this.#take(window);
    // What a stretch may still want: its last window, and the pause in which it turns out to be over.
    const kept = this.#window + this.#samplesOf(pauseMs) + this.#samplesOf(200);
    const old = Math.max(0, this.#sound.length - kept);
    this.#sound = this.#sound.slice(old);
    this.#from += old;
  }

  /** The end of the sound. */
  async finish(): Promise<void> {
    if (this.#stretch !== undefined) await this.#close(this.#stretch);
  }

  async #take(window: VoiceWindow): Promise<void> {
    const start = this.#samplesOf(window.startMs);
    // The last window of a sound is filled up with silence.
    const end = Math.min(this.#samplesOf(window.endMs), this.#from + this.#sound.length);
    if (this.#stretch !== undefined && end - this.#stretch.end > this.#samplesOf(pauseMs))
      await this.#close(this.#stretch);
    if (window.voiced) this.#stretch ??= { start, end, next: start, first: this.prints.length, windows: [] };
    const stretch = this.#stretch;
    if (stretch === undefined) return;
    stretch.windows.push(window);
    if (!window.voiced) return;
    stretch.end = end;
    while (stretch.end - stretch.next >= this.#window) {
      await this.#print(stretch, stretch.next, stretch.next + this.#window);
      stretch.next += this.#hop;
    }
  }

  async #close(stretch: Stretch): Promise<void> {
    this.#stretch = undefined;
    const { start, end, next, first } = stretch;
    const heard = next - this.#hop + this.#window;
    if (this.prints.length === first) {
      if (end - start >= this.#least) await this.#print(stretch, start, end);
    } else if (end - heard >= this.#hop / 4) await this.#print(stretch, end - this.#window, end);
    const last = this.prints.at(-1);
    if (this.prints.length > first && last)
      this.prints[this.prints.length - 1] = { ...last, untilMs: this.#msOf(end) };
  }

  async #print(stretch: Stretch, start: number, end: number): Promise<void> {
    const sound = this.#sound.subarray(start - this.#from, end - this.#from);
    const embedding = await this.#time(() => this.#reader.read(sound));
    const [startMs, endMs] = [this.#msOf(start), this.#msOf(end)];
    const before = this.prints.length > stretch.first ? this.prints.at(-1) : undefined;
    // Middles only rise: what lies before the last one is looked at no more, however long the stretch.
    if (before !== undefined) {
      const { windows } = stretch;
      windows.splice(
        0,
        windows.findIndex((one) => middle(one) >= middle(before)),
      );
    }
    const fromMs =
      before === undefined
        ? this.#msOf(stretch.start)
        : quietest(stretch, middle(before), middle({ startMs, endMs }));
    if (before !== undefined) this.prints[this.prints.length - 1] = { ...before, untilMs: fromMs };
    this.prints.push({ startMs, endMs, fromMs, untilMs: endMs, embedding });
  }

  #samplesOf(ms: number): number {
    return Math.round((ms * this.#reader.sampleRateHz) / 1000);
  }

  #msOf(samples: number): number {
    return (1000 * samples) / this.#reader.sampleRateHz;
  }
}

const middle = ({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): number =>
  (startMs + endMs) / 2;

/** Where in a stretch it is quietest between two times. */
function quietest({ windows }: Stretch, fromMs: number, untilMs: number): number {
  let [best, at] = [Infinity, (fromMs + untilMs) / 2];
  for (const window of windows) {
    const time = middle(window);
    if (time < fromMs || time > untilMs || window.levelDb >= best) continue;
    [best, at] = [window.levelDb, time];
  }
  return at;
}
