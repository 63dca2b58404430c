import { faceSquare } from "../vision/faceSquare.ts";

/** Points without the jaw, which slides along the skin. */
const first = 17;
const points = 68 - first;
/**
 * Mean spread of a point, in root mean squares of the points about their middle. Photographs on a wall and pictures that
 * hang have .0013 to .004, people .012 within a second and .023 over several. Landmarks are steady to a fifth of a pixel.
 */
const moving = { share: 0.006, pixels: 0.12 };
/** A person may hold still for less. */
const minMs = 5000;

/** Whether a face ever moves in itself, wherever it is carried: a photograph on a wall does not, nor does it blink. */
export class Stillness {
  readonly #sums = new Float64Array(2 * points);
  readonly #squares = new Float64Array(2 * points);
  #frames = 0;
  #scale = 0;
  #firstMs: number | undefined;
  #lastMs = 0;

  push(timeMs: number, landmarks: readonly number[]): void {
    const { roll } = faceSquare(Float64Array.from(landmarks));
    const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
    let [mx, my] = [0, 0];
    for (let i = first; i < 68; i++) {
      mx += landmarks[2 * i]! / points;
      my += landmarks[2 * i + 1]! / points;
    }
    let square = 0;
    for (let i = first; i < 68; i++)
      square += (landmarks[2 * i]! - mx) ** 2 + (landmarks[2 * i + 1]! - my) ** 2;
    const scale = Math.sqrt(square / points) || 1;
    for (let i = 0; i < points; i++) {
      const [x, y] = [landmarks[2 * (i + first)]! - mx, landmarks[2 * (i + first) + 1]! - my];
      for (const [k, value] of [(cos * x + sin * y) / scale, (cos * y - sin * x) / scale].entries()) {
        this.#sums[2 * i + k]! += value;
        this.#squares[2 * i + k]! += value * value;
      }
    }
    this.#frames++;
    this.#scale += scale;
    this.#firstMs ??= timeMs;
    this.#lastMs = timeMs;
  }

  /** @param blinks that were counted */
  isStill(blinks: number): boolean {
    if (blinks > 0 || this.#firstMs === undefined || this.#lastMs - this.#firstMs < minMs) return false;
    const n = this.#frames;
    let spread = 0;
    for (const [i, sum] of this.#sums.entries())
      spread += Math.sqrt(Math.max(0, this.#squares[i]! / n - (sum / n) ** 2)) / (2 * points);
    return spread < moving.share + (moving.pixels * n) / this.#scale;
  }
}
