import type { Landmarks } from "./faceSquare.ts";

/**
 * One-euro filter (Casiez, Roussel, Vogel, CHI 2012) on 68 landmarks: a low pass whose cut-off rises with speed, so
 * that a still face does not tremble and a fast one does not drag. Speed is measured in face sides a second, so that
 * the size of the face does not matter. Each point has its own speed. Lag: the time constant is
 * 1 / (2 pi cut-off), 32 ms for a still point and 9 ms for one that crosses one face side a second.
 */
const minCutoffHz = 5;
const cutoffPerSpeed = 12;
const speedCutoffHz = 5;

export class LandmarkSmoother {
  readonly #smooth: Landmarks;
  readonly #speed: Float64Array;
  #timeMs: number;

  constructor(landmarks: Landmarks, timeMs: number) {
    this.#smooth = landmarks.slice();
    this.#speed = new Float64Array(landmarks.length);
    this.#timeMs = timeMs;
  }

  /** The landmarks of the next frame, smoothed; `side` is the face square's, source pixels. A new array. */
  next(landmarks: Landmarks, side: number, timeMs: number): Landmarks {
    const dt = (timeMs - this.#timeMs) / 1000;
    if (dt <= 0) return this.#smooth.slice();
    this.#timeMs = timeMs;
    const speedMix = mix(speedCutoffHz, dt);
    for (let i = 0; i < landmarks.length; i++) {
      const speed = (landmarks[i]! - this.#smooth[i]!) / (side * dt);
      this.#speed[i]! += speedMix * (speed - this.#speed[i]!);
      const cutoff = minCutoffHz + cutoffPerSpeed * Math.abs(this.#speed[i]!);
      this.#smooth[i]! += mix(cutoff, dt) * (landmarks[i]! - this.#smooth[i]!);
    }
    return this.#smooth.slice();
  }
}

/** Weight of the new value in a first-order low pass. */
function mix(cutoffHz: number, dt: number): number {
  const r = 2 * Math.PI * cutoffHz * dt;
  return r / (r + 1);
}

/** Exponential smoothing of probabilities, or of any record of numbers, with a time constant. */
export class ProbabilitySmoother<K extends string> {
  readonly #timeConstantMs: number;
  #values: Record<K, number> | undefined;
  #timeMs = 0;

  constructor(timeConstantMs: number) {
    this.#timeConstantMs = timeConstantMs;
  }

  next(values: Readonly<Record<K, number>>, timeMs: number): Record<K, number> {
    const before = this.#values;
    const keep = before === undefined ? 0 : Math.exp(-(timeMs - this.#timeMs) / this.#timeConstantMs);
    const mixed: Record<K, number> = { ...values };
    if (before !== undefined)
      for (const key of Object.keys(values) as K[])
        mixed[key] = keep * before[key] + (1 - keep) * values[key];
    this.#values = mixed;
    this.#timeMs = timeMs;
    return mixed;
  }
}
