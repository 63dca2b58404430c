/**
 * Amplification is faithful while (1 + alpha) * delta < lambdaC / 8, with delta the displacement in pixels and lambdaC
 * the shortest wavelength that is amplified (Wu et al. 2012, equation 14; the thesis's bound).
 */
export const maxAlpha = (displacementPx: number, cutoffWavelengthPx: number): number =>
  displacementPx > 0 ? Math.max(0, cutoffWavelengthPx / (8 * displacementPx) - 1) : Infinity;

/**
 * The wavelength, in pixels of the full picture, at which `levels` pyramid levels halve the amplitude. One level's
 * kernel [1 4 6 4 1] / 16 passes cos^4(w / 2); level k sees it at 2^k w.
 */
export function cutoffWavelengthPx(levels: number): number {
  const gain = (omega: number): number => {
    let product = 1;
    for (let k = 0; k < levels; k++) product *= Math.cos(2 ** (k - 1) * omega) ** 4;
    return product;
  };
  // The gain falls from 1 at 0 to 0 at pi / 2^(levels - 1).
  let low = 0;
  let high = Math.PI / 2 ** (levels - 1);
  for (let k = 0; k < 50; k++) {
    const middle = (low + high) / 2;
    if (gain(middle) > 0.5) low = middle;
    else high = middle;
  }
  return (2 * Math.PI) / low;
}

/** What the bound made of the amplification that was asked for. */
export interface ChosenAlpha {
  readonly alpha: number;
  readonly clamped: boolean;
}

/**
 * Holds amplification inside the bound from the displacement that is measured as the clip runs. The displacement is the
 * largest of the last few seconds (it falls by half in `halfLifeS`), so one calm frame does not open the bound.
 */
export class AlphaControl {
  readonly #wavelengthPx: number;
  readonly #wanted: number | undefined;
  readonly #range: readonly [number, number];
  readonly #halfLifeS: number;
  #displacementPx = 0;

  /** @param wanted a fixed amplification, or undefined to choose inside `range` */
  constructor(
    wavelengthPx: number,
    wanted: number | undefined,
    range: readonly [number, number],
    halfLifeS = 2,
  ) {
    this.#wavelengthPx = wavelengthPx;
    this.#wanted = wanted;
    this.#range = range;
    this.#halfLifeS = halfLifeS;
  }

  /** The displacement that the bound is held against, pixels. */
  get displacementPx(): number {
    return this.#displacementPx;
  }

  /**
   * @param displacementPx measured on this frame
   * @param elapsedS since the frame before
   */
  next(displacementPx: number, elapsedS: number): ChosenAlpha {
    const faded = this.#displacementPx * 0.5 ** (elapsedS / this.#halfLifeS);
    this.#displacementPx = Math.max(faded, displacementPx);
    const bound = maxAlpha(this.#displacementPx, this.#wavelengthPx);
    const wanted = this.#wanted ?? this.#range[1];
    const alpha = Math.min(wanted, bound);
    // Chosen freely, alpha may move inside its range without a word; below the range the bound has clamped it.
    const clamped = alpha < (this.#wanted ?? this.#range[0]);
    return { alpha, clamped };
  }
}

/**
 * Displacement in the pass band, in pixels of the plane, from the brightness constancy |B| = |grad I| * delta: least
 * squares over blocks of up to 8 x 8 pixels with enough gradient, then the 95th percentile of the blocks, so that a flat
 * region's noise does not count.
 *
 * @param picture grey values of the pooled plane @param band the same plane after the band-pass
 */
export function measureDisplacementPx(
  picture: Float32Array,
  band: Float32Array,
  width: number,
  height: number,
): number {
  const block = Math.max(2, Math.min(8, (Math.min(width, height) - 2) >> 1));
  /** Mean squared gradient, grey levels per pixel squared, under which a block says nothing. */
  const enoughGradient = 1;
  const found: number[] = [];
  for (let top = 1; top + block < height; top += block) {
    for (let left = 1; left + block < width; left += block) {
      let change = 0;
      let gradient = 0;
      for (let y = top; y < top + block; y++) {
        for (let x = left; x < left + block; x++) {
          const i = y * width + x;
          const gx = (picture[i + 1]! - picture[i - 1]!) / 2;
          const gy = (picture[i + width]! - picture[i - width]!) / 2;
          gradient += gx * gx + gy * gy;
          change += band[i]! * band[i]!;
        }
      }
      if (gradient > enoughGradient * block * block) found.push(Math.sqrt(change / gradient));
    }
  }
  if (found.length === 0) return 0;
  found.sort((a, b) => a - b);
  return found[Math.min(found.length - 1, Math.floor(0.95 * found.length))]!;
}
