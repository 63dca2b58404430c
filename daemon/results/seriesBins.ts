import type { Series } from "../../shared/protocol/analyses.ts";
import type { Face, FrameLine } from "../../shared/protocol/results.ts";

/** Sums and counts of one channel, a bin each. */
interface Channel {
  readonly sums: Float64Array;
  readonly counts: Uint32Array;
}

/** Means of a track's numbers over bins of equal length. */
export class SeriesBins {
  readonly #startMs: number;
  readonly #stepMs: number;
  readonly #frames: number[];
  readonly #channels = new Map<string, Channel>();

  constructor(startMs: number, endMs: number, points: number) {
    this.#startMs = startMs;
    this.#stepMs = (endMs - startMs) / points;
    this.#frames = new Array<number>(points).fill(0);
  }

  add({ timeMs, faces }: FrameLine, track: number): void {
    const face = faces.find((other) => other.track === track);
    if (face === undefined) return;
    const bin = Math.min(this.#frames.length - 1, Math.floor((timeMs - this.#startMs) / this.#stepMs));
    this.#frames[bin]! += 1;
    for (const [name, value] of numbersOf(face)) this.#count(name, bin, value);
  }

  finish(): Series {
    const channels: Series["channels"] = {};
    for (const [name, { sums, counts }] of this.#channels) {
      channels[name] = Array.from(sums, (sum, bin) => (counts[bin] === 0 ? null : sum / counts[bin]!));
    }
    return { startMs: this.#startMs, stepMs: this.#stepMs, frames: this.#frames, channels };
  }

  #count(name: string, bin: number, value: number): void {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      const points = this.#frames.length;
      channel = { sums: new Float64Array(points), counts: new Uint32Array(points) };
      this.#channels.set(name, channel);
    }
    channel.sums[bin]! += value;
    channel.counts[bin]! += 1;
  }
}

function* numbersOf({ expression, emotion, eyes, gaze, headPose }: Face): Iterable<[string, number]> {
  for (const [label, p] of Object.entries(expression ?? {})) yield [`expression.${label}`, p];
  for (const [label, p] of Object.entries(emotion ?? {})) yield [`emotion.${label}`, p];
  if (eyes !== undefined) {
    yield ["eyes.open", (eyes.right.open + eyes.left.open) / 2];
    yield ["eyes.ear", (eyes.right.ear + eyes.left.ear) / 2];
  }
  if (gaze !== undefined) {
    yield ["gaze.yawDeg", gaze.yawDeg];
    yield ["gaze.pitchDeg", gaze.pitchDeg];
  }
  yield ["headPose.yawDeg", headPose.yawDeg];
  yield ["headPose.pitchDeg", headPose.pitchDeg];
  yield ["headPose.rollDeg", headPose.rollDeg];
}
