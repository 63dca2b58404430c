/** A grey picture, row by row. */
export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Displacement of each pixel from one picture to another, pixels. */
export interface Flow {
  readonly width: number;
  readonly height: number;
  readonly u: Float32Array;
  readonly v: Float32Array;
}

// As OpenCV's DualTVL1 has them.
const tau = 0.25;
const lambda = 0.15;
const theta = 0.3;
const epsilon = 0.01;
const scaleStep = 0.8;
const warps = 5;
const innerIterations = 30;
const outerIterations = 10;
const maxScales = 5;
const minSide = 16;

/**
 * Optical flow by TV-L1 (Zach, Pock and Bischof 2007; Sánchez, Meinhardt-Llopis and Facciolo 2013), coarse to fine, with
 * OpenCV's settings and its median filter. Grey levels 0..255; both pictures have one size.
 */
export function opticalFlow(from: GreyPicture, to: GreyPicture): Flow {
  const levels = [{ from, to }];
  while (levels.length < maxScales) {
    const last = levels.at(-1)!;
    const width = Math.round(last.from.width * scaleStep);
    const height = Math.round(last.from.height * scaleStep);
    if (width < minSide || height < minSide) break;
    const shrink = (picture: GreyPicture): GreyPicture => ({
      width,
      height,
      data: resized(picture.data, picture.width, picture.height, width, height, 1 / scaleStep),
    });
    levels.push({ from: shrink(last.from), to: shrink(last.to) });
  }
  let flow: Flow | undefined;
  for (const level of levels.toReversed()) flow = oneScale(level.from, level.to, flow);
  return flow!;
}

/** Flow at one scale, from that of the next coarser one. */
function oneScale(from: GreyPicture, to: GreyPicture, coarse: Flow | undefined): Flow {
  const { width, height } = from;
  const enlarged = (plane: Float32Array): Float32Array =>
    resized(plane, coarse!.width, coarse!.height, width, height, coarse!.width / width).map(
      (value) => value / scaleStep,
    );
  let u = coarse === undefined ? new Float32Array(width * height) : enlarged(coarse.u);
  let v = coarse === undefined ? new Float32Array(width * height) : enlarged(coarse.v);
  const slopes = centredGradient(to);
  const solver = new DualSolver(width, height);
  for (let warp = 0; warp < warps; warp++) {
    solver.linearise(from.data, warped(to, u, v), u, v, {
      x: warped({ width, height, data: slopes.x }, u, v),
      y: warped({ width, height, data: slopes.y }, u, v),
    });
    let error = Infinity;
    for (let outer = 0; outer < outerIterations && error > epsilon * epsilon; outer++) {
      u = median5(u, width, height);
      v = median5(v, width, height);
      for (let inner = 0; inner < innerIterations && error > epsilon * epsilon; inner++)
        error = solver.step(u, v);
    }
  }
  return { width, height, u, v };
}

/** Primal-dual steps on the linearised problem of one warp; the dual variables last through the warps of a scale. */
class DualSolver {
  readonly #width: number;
  readonly #height: number;
  readonly #p: readonly [Float32Array, Float32Array, Float32Array, Float32Array];
  #slopes: { readonly x: Float32Array; readonly y: Float32Array } | undefined;
  readonly #square: Float32Array;
  readonly #rest: Float32Array;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    const plane = (): Float32Array => new Float32Array(width * height);
    this.#p = [plane(), plane(), plane(), plane()];
    this.#square = plane();
    this.#rest = plane();
  }

  linearise(
    from: Float32Array,
    to: Float32Array,
    u: Float32Array,
    v: Float32Array,
    slopes: { readonly x: Float32Array; readonly y: Float32Array },
  ): void {
    this.#slopes = slopes;
    for (let i = 0; i < from.length; i++) {
      const ix = slopes.x[i]!;
      const iy = slopes.y[i]!;
      this.#square[i] = ix * ix + iy * iy;
      this.#rest[i] = to[i]! - ix * u[i]! - iy * v[i]! - from[i]!;
    }
  }

  /** Moves `u` and `v`; returns the mean squared change. */
  step(u: Float32Array, v: Float32Array): number {
    const width = this.#width;
    const height = this.#height;
    const [p11, p12, p21, p22] = this.#p;
    const slopes = this.#slopes!;
    let change = 0;
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        const ix = slopes.x[i]!;
        const iy = slopes.y[i]!;
        const square = this.#square[i]!;
        const off = this.#rest[i]! + ix * u[i]! + iy * v[i]!;
        const bound = lambda * theta * square;
        let pull = 0;
        if (off < -bound) pull = lambda * theta;
        else if (off > bound) pull = -lambda * theta;
        else if (square > 1.1920929e-7) pull = -off / square;
        const left = x > 0 ? i - 1 : -1;
        const above = y > 0 ? i - width : -1;
        const divU = p11[i]! - (left < 0 ? 0 : p11[left]!) + p12[i]! - (above < 0 ? 0 : p12[above]!);
        const divV = p21[i]! - (left < 0 ? 0 : p21[left]!) + p22[i]! - (above < 0 ? 0 : p22[above]!);
        const du = pull * ix + theta * divU;
        const dv = pull * iy + theta * divV;
        u[i] = u[i]! + du;
        v[i] = v[i]! + dv;
        change += du * du + dv * dv;
      }
    }
    this.#ascend(u, p11, p12);
    this.#ascend(v, p21, p22);
    return change / u.length;
  }

  #ascend(values: Float32Array, px: Float32Array, py: Float32Array): void {
    const step = tau / theta;
    const width = this.#width;
    const height = this.#height;
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        const dx = x + 1 < width ? values[i + 1]! - values[i]! : 0;
        const dy = y + 1 < height ? values[i + width]! - values[i]! : 0;
        const scale = 1 + step * Math.sqrt(dx * dx + dy * dy);
        px[i] = (px[i]! + step * dx) / scale;
        py[i] = (py[i]! + step * dy) / scale;
      }
    }
  }
}

/** Central differences; at the edge the pixel itself stands for the one outside. */
function centredGradient({ width, height, data }: GreyPicture): { x: Float32Array; y: Float32Array } {
  const x = new Float32Array(data.length);
  const y = new Float32Array(data.length);
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      const right = column + 1 < width ? i + 1 : i;
      const left = column > 0 ? i - 1 : i;
      const below = row + 1 < height ? i + width : i;
      const above = row > 0 ? i - width : i;
      x[i] = 0.5 * (data[right]! - data[left]!);
      y[i] = 0.5 * (data[below]! - data[above]!);
    }
  }
  return { x, y };
}

/** The picture at each pixel's place in the other one: bicubic (a = -0.75), black outside. */
function warped({ width, height, data }: GreyPicture, u: Float32Array, v: Float32Array): Float32Array {
  const out = new Float32Array(data.length);
  const wx = new Float32Array(4);
  const wy = new Float32Array(4);
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      const x = column + u[i]!;
      const y = row + v[i]!;
      const x0 = Math.floor(x);
      const y0 = Math.floor(y);
      cubicWeights(x - x0, wx);
      cubicWeights(y - y0, wy);
      let sum = 0;
      for (let k = 0; k < 4; k++) {
        const line = y0 - 1 + k;
        if (line < 0 || line >= height) continue;
        let part = 0;
        for (let l = 0; l < 4; l++) {
          const place = x0 - 1 + l;
          if (place >= 0 && place < width) part += wx[l]! * data[line * width + place]!;
        }
        sum += wy[k]! * part;
      }
      out[i] = sum;
    }
  }
  return out;
}

function cubicWeights(t: number, out: Float32Array): void {
  const a = -0.75;
  out[0] = ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a;
  out[1] = ((a + 2) * t - (a + 3)) * t * t + 1;
  out[2] = ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1;
  out[3] = 1 - out[0] - out[1] - out[2];
}

/** Bilinear, with the edge repeated; `step` is the distance of two target pixels in the source. */
function resized(
  data: Float32Array,
  width: number,
  height: number,
  newWidth: number,
  newHeight: number,
  step: number,
): Float32Array {
  const out = new Float32Array(newWidth * newHeight);
  const at = (k: number, size: number): readonly [number, number, number] => {
    const place = Math.min(Math.max((k + 0.5) * step - 0.5, 0), size - 1);
    const low = Math.floor(place);
    return [low, Math.min(low + 1, size - 1), place - low];
  };
  const columns = Array.from({ length: newWidth }, (_, k) => at(k, width));
  for (let row = 0, i = 0; row < newHeight; row++) {
    const [top, below, fy] = at(row, height);
    for (const [left, right, fx] of columns) {
      const a = data[top * width + left]! * (1 - fx) + data[top * width + right]! * fx;
      const b = data[below * width + left]! * (1 - fx) + data[below * width + right]! * fx;
      out[i++] = a * (1 - fy) + b * fy;
    }
  }
  return out;
}

/** Median of the 25 values around each one, with the edge repeated. */
function median5(values: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(values.length);
  const window = new Float32Array(25);
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      let count = 0;
      for (let dy = -2; dy <= 2; dy++) {
        const y = Math.min(Math.max(row + dy, 0), height - 1) * width;
        for (let dx = -2; dx <= 2; dx++)
          window[count++] = values[y + Math.min(Math.max(column + dx, 0), width - 1)]!;
      }
      out[i] = window.sort()[12]!;
    }
  }
  return out;
}
