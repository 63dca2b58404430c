import type { Track } from "../../shared/protocol/results.ts";
import { round } from "../../shared/round.ts";
import { readPulse, type PulseReading } from "../magnification/pulse.ts";
import { rgbScale } from "../media/colour.ts";
import type { Frame } from "../media/frame.ts";

/** Skin of the stabilised crop, fractions of its width and height: nose and cheeks, without eyes and mouth. */
const skin = { left: 0.33, right: 0.67, top: 0.45, bottom: 0.65 };

/** A pulse is read once in this time, because it changes. */
const windowMs = 30_000;
/** A face that was away for longer begins a new window. */
const gapMs = 250;

interface Window {
  readonly startMs: number;
  lastMs: number;
  readonly green: number[];
}

/**
 * The pulse of each face from the colour of its skin, in windows: memory does not grow with the clip, except by one
 * reading in half a minute.
 */
export class Pulses {
  readonly #bandHz: readonly [number, number];
  readonly #open = new Map<number, Window>();
  readonly #readings = new Map<number, PulseReading[]>();

  /** @param bandHz where a pulse is looked for */
  constructor(bandHz: readonly [number, number]) {
    this.#bandHz = bandHz;
  }

  /** Takes the next stabilised crop of a face, before it is magnified. */
  push(track: number, crop: Frame): void {
    const { timeMs } = crop;
    let window = this.#open.get(track);
    if (window && (timeMs - window.lastMs > gapMs || timeMs - window.startMs > windowMs)) {
      this.#close(track, window);
      window = undefined;
    }
    if (!window) this.#open.set(track, (window = { startMs: timeMs, lastMs: timeMs, green: [] }));
    window.lastMs = timeMs;
    window.green.push(meanGreen(crop));
  }

  /** The median of each face's readings; faces without one are left out. */
  finish(): Map<number, NonNullable<Track["pulse"]>> {
    for (const [track, window] of this.#open) this.#close(track, window);
    this.#open.clear();
    return new Map(
      Array.from(this.#readings, ([track, readings]) => {
        const sorted = readings.toSorted((a, b) => a.beatsPerMinute - b.beatsPerMinute);
        const { beatsPerMinute, clarity } = sorted[sorted.length >> 1]!;
        return [track, { beatsPerMinute: round(beatsPerMinute, 1), clarity: round(clarity, 2) }];
      }),
    );
  }

  #close(track: number, { startMs, lastMs, green }: Window): void {
    const frameRate = (1000 * (green.length - 1)) / (lastMs - startMs);
    const reading = readPulse(Float32Array.from(green), frameRate, this.#bandHz);
    if (reading) this.#readings.set(track, [...(this.#readings.get(track) ?? []), reading]);
  }
}

/** What was read, in sentences. */
export function pulseNotes(pulses: ReadonlyMap<number, NonNullable<Track["pulse"]>>): string[] {
  if (pulses.size === 0) return ["No pulse was read: six seconds of a face are needed."];
  const read = Array.from(
    pulses,
    ([track, { beatsPerMinute, clarity }]) =>
      `face ${track} ${beatsPerMinute} beats a minute (clarity ${clarity})`,
  );
  return [
    `Pulse from the colour of the skin: ${read.join(", ")}. Clarity is the peak's share of the band's power, 0 to 1; ` +
      "this is no medical measurement.",
  ];
}

/** Mean green of the skin, in grey levels up to a constant; the range of the picture does not matter. */
function meanGreen({ data, width, height, matrix }: Frame): number {
  const { greenU, greenV } = rgbScale({ matrix, fullRange: true });
  const chromaWidth = (width + 1) >> 1;
  const chromaHeight = (height + 1) >> 1;
  const u = width * height;
  const v = u + chromaWidth * chromaHeight;
  return (
    meanOf(data, 0, width, height) -
    greenU * meanOf(data, u, chromaWidth, chromaHeight) -
    greenV * meanOf(data, v, chromaWidth, chromaHeight)
  );
}

function meanOf(data: Uint8Array, first: number, width: number, height: number): number {
  let sum = 0;
  let count = 0;
  for (let y = Math.floor(skin.top * height); y < skin.bottom * height; y++) {
    for (let x = Math.floor(skin.left * width); x < skin.right * width; x++) {
      sum += data[first + y * width + x]!;
      count++;
    }
  }
  return sum / count;
}
