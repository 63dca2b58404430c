import { signal, type ReadonlySignal } from "@preact/signals";
import { readingOf, restingFrom } from "../../shared/gaze/calibrate.ts";
import type { CalibrationPoint, GazeReading } from "../../shared/gaze/fit.ts";
import { anglesOfPoint, calibrationPoints, checkPoints } from "../../shared/gaze/screen.ts";
import type { ScreenPlace } from "../../shared/protocol/gazeCalibration.ts";
import type { Face } from "../../shared/protocol/results.ts";

/** A point is shown at least so long, then until there are enough readings, and at most so long. */
const leastMs = 1500;
const mostMs = 8000;
const enough = 12;

/** Nine points to fit on, and those to check on. */
export const shownPoints = [...calibrationPoints, ...checkPoints];

export type GazeRunState =
  | { readonly kind: "waiting" }
  /** `index` of the points that are shown, `turn` of those of this round. */
  | { readonly kind: "showing"; readonly index: number; readonly turn: number; readonly of: number }
  | { readonly kind: "done" };

/** Shows one place of a screen after another, and keeps what the network reads while the eyes rest there. */
export class GazeRun {
  readonly #readings: GazeReading[][] = shownPoints.map(() => []);
  readonly #state = signal<GazeRunState>({ kind: "waiting" });
  #round: readonly number[] = [];
  #shownAtMs = 0;

  get state(): ReadonlySignal<GazeRunState> {
    return this.#state;
  }

  /** Shows these points, by their numbers; what was read at them before is dropped. */
  start(nowMs: number, points: readonly number[] = [...shownPoints.keys()]): void {
    this.#round = points;
    for (const index of points) this.#readings[index] = [];
    this.#show(0, nowMs);
  }

  /** A frame of the camera, on the clock of {@link start}. It comes after it was taken, by which time another point may be shown. */
  see(timeMs: number, faces: readonly Face[]): void {
    const state = this.#state.peek();
    if (state.kind !== "showing" || timeMs < restingFrom(this.#shownAtMs, this.#shownAtMs + leastMs)) return;
    const readings = this.#readings[state.index]!;
    const reading = readingOf(faces);
    if (reading !== undefined) readings.push(reading);
    const shownMs = timeMs - this.#shownAtMs;
    if ((shownMs >= leastMs && readings.length >= enough) || shownMs >= mostMs)
      this.#show(state.turn + 1, timeMs);
  }

  /** Goes on to the next point; this one counts as not seen. */
  skip(nowMs: number): void {
    const state = this.#state.peek();
    if (state.kind !== "showing") return;
    this.#readings[state.index] = [];
    this.#show(state.turn + 1, nowMs);
  }

  /** What was read, by point. */
  pointsOn(screen: ScreenPlace): CalibrationPoint[] {
    return shownPoints.map((point, i) => ({
      target: anglesOfPoint(point, screen),
      readings: this.#readings[i]!,
    }));
  }

  #show(turn: number, nowMs: number): void {
    const index = this.#round[turn];
    this.#shownAtMs = nowMs;
    this.#state.value =
      index === undefined ? { kind: "done" } : { kind: "showing", index, turn, of: this.#round.length };
  }
}
