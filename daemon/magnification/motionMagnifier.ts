import type { Frame } from "../media/frame.ts";
import { AlphaControl, cutoffWavelengthPx, maxAlpha, measureDisplacementPx } from "./bound.ts";
import { designBandPass } from "./butterworth.ts";
import { bandOrder, type Magnified, type MagnifierSettings } from "./magnifier.ts";
import { PyramidDown, PyramidUp, pyramidSizes } from "./pyramid.ts";
import { StreamingBand } from "./streamingBand.ts";

interface Level {
  readonly width: number;
  readonly height: number;
  /** What this level's picture holds and the next one's does not: wavelengths around `wavelengthPx`. */
  readonly detail: Float32Array;
  readonly band: Float32Array;
  readonly filter: StreamingBand;
  readonly wavelengthPx: number;
}

/** The level on which displacement is measured and which `band` shows: coarse enough to be calm, fine enough to move. */
const measuredLevel = 1;

/**
 * Eulerian motion magnification on a Laplacian pyramid of the luma (Wu et al. 2012, section 4): each level is band-passed
 * over time and amplified by at most what its wavelength allows for the measured displacement, so that fine detail does
 * not tear while coarse motion is magnified in full. Chroma stays as it is: motion shows in luma.
 */
export class MotionMagnifier {
  readonly #width: number;
  readonly #height: number;
  readonly #levels: readonly Level[];
  readonly #pictures: readonly Float32Array[];
  readonly #sums: readonly Float32Array[];
  readonly #down: readonly PyramidDown[];
  readonly #up: readonly PyramidUp[];
  readonly #control: AlphaControl;
  #out: Uint8ClampedArray<ArrayBuffer>;
  #lastMs: number | undefined;

  constructor(settings: MagnifierSettings) {
    const { width, height, levels } = settings;
    const sections = designBandPass(bandOrder, settings.bandHz[0], settings.bandHz[1], settings.frameRate);
    const sizes = pyramidSizes(width, height, levels);
    const length = (k: number): number => sizes[k]!.width * sizes[k]!.height;
    this.#width = width;
    this.#height = height;
    this.#levels = sizes.slice(0, -1).map((size, k) => ({
      ...size,
      detail: new Float32Array(length(k)),
      band: new Float32Array(length(k)),
      filter: new StreamingBand(sections, length(k)),
      // The middle of what lies between the cut-offs of two neighbouring pyramid levels.
      wavelengthPx: 2 ** k * 4,
    }));
    this.#pictures = sizes.map((_, k) => new Float32Array(length(k)));
    this.#sums = sizes.map((_, k) => new Float32Array(length(k)));
    this.#down = sizes.slice(0, -1).map((s) => new PyramidDown(s.width, s.height));
    this.#up = sizes.slice(0, -1).map((s) => new PyramidUp(s.width, s.height));
    this.#control = new AlphaControl(cutoffWavelengthPx(levels), settings.alpha, settings.alphaRange);
    this.#out = new Uint8ClampedArray(0);
  }

  reset(): void {
    for (const level of this.#levels) level.filter.reset();
    this.#lastMs = undefined;
  }

  get band(): { readonly data: Float32Array; readonly width: number; readonly height: number } {
    const { band, width, height } = this.#levels[Math.min(measuredLevel, this.#levels.length - 1)]!;
    return { data: band, width, height };
  }

  step(frame: Frame): Magnified {
    const size = this.#width * this.#height;
    this.#decompose(frame.data.subarray(0, size));
    const k = Math.min(measuredLevel, this.#levels.length - 1);
    const measured = this.#levels[k]!;
    const displacementPx =
      2 ** k * measureDisplacementPx(measured.detail, measured.band, measured.width, measured.height);
    const elapsedS = this.#lastMs === undefined ? 0 : Math.max(0, frame.timeMs - this.#lastMs) / 1000;
    this.#lastMs = frame.timeMs;
    const { alpha, clamped } = this.#control.next(displacementPx, elapsedS);
    if (this.#out.length !== frame.data.length) this.#out = new Uint8ClampedArray(frame.data.length);
    this.#out.set(frame.data);
    if (alpha > 0) this.#collapse(alpha, this.#control.displacementPx);
    return { frame: { ...frame, data: new Uint8Array(this.#out.buffer) }, alpha, clamped, displacementPx };
  }

  #decompose(luma: Uint8Array): void {
    this.#pictures[0]!.set(luma);
    for (const [k, level] of this.#levels.entries()) {
      const picture = this.#pictures[k]!;
      this.#down[k]!.run(picture, this.#pictures[k + 1]!);
      this.#up[k]!.run(this.#pictures[k + 1]!, level.detail);
      for (let i = 0; i < picture.length; i++) level.detail[i] = picture[i]! - level.detail[i]!;
      level.filter.step(level.detail, level.band);
    }
  }

  /** Adds the amplified bands of all levels to the luma, the coarsest first. */
  #collapse(alpha: number, displacementPx: number): void {
    this.#sums.at(-1)!.fill(0);
    for (let k = this.#levels.length - 1; k >= 0; k--) {
      const { band, wavelengthPx } = this.#levels[k]!;
      const sum = this.#sums[k]!;
      this.#up[k]!.run(this.#sums[k + 1]!, sum);
      const gain = Math.min(alpha, maxAlpha(displacementPx, wavelengthPx));
      for (let i = 0; i < sum.length; i++) sum[i]! += gain * band[i]!;
    }
    const added = this.#sums[0]!;
    for (let i = 0; i < added.length; i++) this.#out[i]! += added[i]!;
  }
}
