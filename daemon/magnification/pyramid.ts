/** Width or height one pyramid level up. */
export const halved = (size: number): number => (size + 1) >> 1;

/** Index outside `0..n-1` mirrored without repeating the edge (OpenCV's BORDER_REFLECT_101). */
const mirror = (i: number, n: number): number => {
  if (n === 1) return 0;
  const j = i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
  return j < 0 || j >= n ? Math.min(Math.max(j, 0), n - 1) : j;
};

/** A value of the row that begins at `from`. No closure of the loop that calls it: it would be made anew for each pixel. */
const tap = (source: ArrayLike<number>, from: number, x: number, width: number): number =>
  source[from + mirror(x, width)]!;

/**
 * One level of a Gaussian pyramid: blurs with [1 4 6 4 1] / 16 (sigma 1) in both directions and keeps every second
 * pixel, as OpenCV's pyrDown does, for one plane after another of the same size.
 */
export class PyramidDown {
  readonly width: number;
  readonly height: number;
  /** Columns of the result whose five taps lie inside: `#first` up to, not with, `#last`. */
  readonly #first: number;
  readonly #last: number;
  readonly #rows: Float32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#first = 1;
    this.#last = (width - 1) >> 1;
    this.#rows = new Float32Array(halved(width) * height);
  }

  /** @param source `width * height` values; @param target `halved(width) * halved(height)` values */
  run(source: Float32Array, target: Float32Array): void {
    const { width, height } = this;
    const w = halved(width);
    for (let y = 0; y < height; y++) {
      const from = y * width;
      const to = y * w;
      for (let x = this.#first, i = from + 2 * x; x < this.#last; x++, i += 2) {
        this.#rows[to + x] =
          source[i - 2]! + source[i + 2]! + 4 * (source[i - 1]! + source[i + 1]!) + 6 * source[i]!;
      }
      this.#edges(source, from, to);
    }
    this.#columns(target);
  }

  /** The same from 8-bit values. A method of its own, because a loop that sees two array types runs at half the speed. */
  runBytes(source: Uint8Array, target: Float32Array): void {
    const { width, height } = this;
    const w = halved(width);
    for (let y = 0; y < height; y++) {
      const from = y * width;
      const to = y * w;
      for (let x = this.#first, i = from + 2 * x; x < this.#last; x++, i += 2) {
        this.#rows[to + x] =
          source[i - 2]! + source[i + 2]! + 4 * (source[i - 1]! + source[i + 1]!) + 6 * source[i]!;
      }
      this.#edges(source, from, to);
    }
    this.#columns(target);
  }

  #edges(source: ArrayLike<number>, from: number, to: number): void {
    const { width } = this;
    const w = halved(width);
    for (let x = 0; x < w; x = x === this.#first - 1 ? Math.max(this.#last, this.#first) : x + 1) {
      const i = 2 * x;
      this.#rows[to + x] =
        tap(source, from, i - 2, width) +
        tap(source, from, i + 2, width) +
        4 * (tap(source, from, i - 1, width) + tap(source, from, i + 1, width)) +
        6 * source[from + i]!;
    }
  }

  #columns(target: Float32Array): void {
    const w = halved(this.width);
    const h = halved(this.height);
    const rows = this.#rows;
    for (let y = 0; y < h; y++) {
      const r0 = mirror(2 * y - 2, this.height) * w;
      const r1 = mirror(2 * y - 1, this.height) * w;
      const r2 = 2 * y * w;
      const r3 = mirror(2 * y + 1, this.height) * w;
      const r4 = mirror(2 * y + 2, this.height) * w;
      const to = y * w;
      for (let x = 0; x < w; x++) {
        target[to + x] =
          (rows[r0 + x]! + rows[r4 + x]! + 4 * (rows[r1 + x]! + rows[r3 + x]!) + 6 * rows[r2 + x]!) *
          (1 / 256);
      }
    }
  }
}

/**
 * The way back: doubles a plane by the same kernel (OpenCV's pyrUp), with the last row and column repeated at the edge.
 * Even pixels are (1, 6, 1) / 8 of their neighbours, odd ones (4, 4) / 8.
 */
export class PyramidUp {
  readonly #width: number;
  readonly #height: number;
  readonly #wide: Float32Array;

  /** @param width @param height of the larger plane */
  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#wide = new Float32Array(width * halved(height));
  }

  /** @param source `halved(width) * halved(height)` values; @param target `width * height` values */
  run(source: Float32Array, target: Float32Array): void {
    this.#widen(source);
    const height = this.#height;
    for (let y = 0; y < height; y++) this.#row(y, target, y * this.#width);
  }

  /**
   * Doubles `source`, multiplies it by `gain` and adds it to the 8-bit picture `base`, rounded and clamped, into
   * `target`: the last step of magnification without a picture in between.
   */
  runAdded(source: Float32Array, gain: number, base: Uint8Array, target: Uint8Array): void {
    this.#widen(source);
    const width = this.#width;
    const wide = this.#wide;
    const last = halved(this.#height) - 1;
    for (let y = 0; y < this.#height; y++) {
      const i = y >> 1;
      const here = i * width;
      const below = Math.min(i + 1, last) * width;
      const odd = (y & 1) === 1;
      // Odd rows: (4, 4) / 8; even rows: (1, 6, 1) / 8.
      const above = odd ? here : Math.max(i - 1, 0) * width;
      const outer = gain * (odd ? 0.25 : 0.125);
      const lower = gain * (odd ? 0.5 : 0.125);
      const inner = gain * (odd ? 0.25 : 0.75);
      const at = y * width;
      for (let x = 0; x < width; x++) {
        const moved = outer * wide[above + x]! + inner * wide[here + x]! + lower * wide[below + x]!;
        // Truncation rounds, because clamping left nothing below zero.
        const value = base[at + x]! + moved + 0.5;
        target[at + x] = value < 0 ? 0 : value > 255 ? 255 : value;
      }
    }
  }

  #widen(source: Float32Array): void {
    const width = this.#width;
    const w = halved(width);
    const h = halved(this.#height);
    const wide = this.#wide;
    for (let y = 0; y < h; y++) {
      const from = y * w;
      const to = y * width;
      let left = source[from]!;
      let here = left;
      for (let x = 0; x < w; x++) {
        const right = x + 1 < w ? source[from + x + 1]! : here;
        wide[to + 2 * x] = (left + right + 6 * here) * 0.125;
        if (2 * x + 1 < width) wide[to + 2 * x + 1] = (here + right) * 0.5;
        left = here;
        here = right;
      }
    }
  }

  #row(y: number, target: Float32Array, to: number): void {
    const width = this.#width;
    const wide = this.#wide;
    const last = halved(this.#height) - 1;
    const i = y >> 1;
    const here = i * width;
    const below = Math.min(i + 1, last) * width;
    if ((y & 1) === 1) {
      for (let x = 0; x < width; x++) target[to + x] = (wide[here + x]! + wide[below + x]!) * 0.5;
    } else {
      const above = Math.max(i - 1, 0) * width;
      for (let x = 0; x < width; x++) {
        target[to + x] = (wide[above + x]! + wide[below + x]! + 6 * wide[here + x]!) * 0.125;
      }
    }
  }
}

/** The sizes of `levels` + 1 pyramid levels, the given one first. */
export function pyramidSizes(
  width: number,
  height: number,
  levels: number,
): readonly { width: number; height: number }[] {
  const sizes = [{ width, height }];
  for (let k = 0; k < levels; k++) {
    const { width: w, height: h } = sizes[k]!;
    sizes.push({ width: halved(w), height: halved(h) });
  }
  return sizes;
}
