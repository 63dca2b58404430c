import type { StillPicture } from "../media/picture.ts";

export interface DenoiseSettings {
  /** Side of the squares that are compared, pixels; odd. */
  readonly template: number;
  /** Side of the window in which like squares are looked for, pixels; odd. */
  readonly search: number;
  /** Strength for lightness; the larger, the more is smoothed. */
  readonly h: number;
  /** Strength for colour. */
  readonly hColor: number;
}

/**
 * Non-local means for colour pictures (Buades, Coll and Morel 2011, as OpenCV's `fastNlMeansDenoisingColored` has it; the
 * thesis's algorithm 6.1): each pixel becomes the mean of those whose surroundings look alike, lightness and the two colours of
 * Lab apart.
 *
 * Squares are compared by running sums along rows and columns, so that the time does not grow with the template:
 * half of width * height * search^2 steps.
 */
export function denoisePicture(picture: StillPicture, settings: DenoiseSettings): StillPicture {
  const { width, height, data } = picture;
  const area = width * height;
  const lab = [new Uint8Array(area), new Uint8Array(area), new Uint8Array(area)] as const;
  for (let i = 0; i < area; i++) toLab(data, 3 * i, lab, i);
  const lightness = denoisePlanes([lab[0]], width, height, settings, settings.h);
  const colour = denoisePlanes([lab[1], lab[2]], width, height, settings, settings.hColor);
  const out = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++) fromLab(lightness[0]!, colour[0]!, colour[1]!, i, out);
  return { ...picture, data: out };
}

/** Weights below this are none, as in OpenCV. */
const minWeight = 1e-3;

/**
 * Planes that share their weights. Two pixels weigh alike for each other: each pair is compared once.
 * @param planes 8 bit, [height, width]
 */
export function denoisePlanes(
  planes: readonly Uint8Array[],
  width: number,
  height: number,
  { template, search }: Pick<DenoiseSettings, "template" | "search">,
  h: number,
): Uint8Array[] {
  const [half, reach] = [template >> 1, search >> 1];
  const border = half + reach;
  const wide = width + 2 * border;
  const padded = planes.map((plane) => reflected(plane, width, height, border));
  const { table, bits } = weightTable(h, planes.length, template * template);
  // Each pixel weighs 1 for itself. Beyond the picture are sums that nobody reads.
  const total = new Float32Array(padded[0]!.length).fill(1);
  const sums = padded.map((plane) => Float32Array.from(plane));
  /** Squared differences of the last `template` rows, and their sums down each column. */
  const rows = Array.from({ length: template }, () => new Int32Array(wide));
  const columns = new Int32Array(wide);
  const weights = new Float32Array(wide);

  /** Weighs each pixel and the one that lies `dy` rows below and `dx` columns beside it for each other. */
  const compare = (dy: number, dx: number): void => {
    const shift = dy * wide + dx;
    // Of each pair one pixel at least is in the picture.
    const [left, span] = [Math.min(0, -dx), width + Math.abs(dx)];
    columns.fill(0);
    for (const row of rows) row.fill(0);
    for (let k = 0; k < height + dy + 2 * half; k++) {
      const row = rows[k % template]!;
      const from = (k - dy - half + border) * wide + border + left - half;
      for (let x = 0; x < span + 2 * half; x++) columns[x]! -= row[x]!;
      row.fill(0);
      for (const plane of padded)
        for (let x = 0, at = from; x < span + 2 * half; x++, at++) {
          const difference = plane[at]! - plane[at + shift]!;
          row[x]! += difference * difference;
        }
      for (let x = 0; x < span + 2 * half; x++) columns[x]! += row[x]!;
      if (k < 2 * half) continue;
      let distance = 0;
      for (let x = 0; x < 2 * half; x++) distance += columns[x]!;
      for (let x = 0; x < span; x++) {
        distance += columns[x + 2 * half]!;
        const at = distance >> bits;
        weights[x] = at < table.length ? table[at]! : 0;
        distance -= columns[x]!;
      }
      addWeighted(from + half - half * wide, shift, span);
    }
  };
  const addWeighted = (first: number, shift: number, span: number): void => {
    for (let x = 0, at = first; x < span; x++, at++) {
      total[at]! += weights[x]!;
      total[at + shift]! += weights[x]!;
    }
    padded.forEach((plane, p) => {
      const sum = sums[p]!;
      for (let x = 0, at = first; x < span; x++, at++) {
        sum[at]! += weights[x]! * plane[at + shift]!;
        sum[at + shift]! += weights[x]! * plane[at]!;
      }
    });
  };
  for (let dy = 0; dy <= reach; dy++) for (let dx = dy === 0 ? 1 : -reach; dx <= reach; dx++) compare(dy, dx);

  const placeOf = (i: number): number => (Math.floor(i / width) + border) * wide + border + (i % width);
  return sums.map((sum) =>
    Uint8Array.from({ length: width * height }, (_, i) => Math.round(sum[placeOf(i)]! / total[placeOf(i)]!)),
  );
}

/**
 * exp(-d / h^2) of the mean squared difference, over the channels as OpenCV weighs them. OpenCV takes the mean over the
 * next power of two of the template's area, and corrects the table for it.
 */
function weightTable(h: number, channels: number, area: number): { table: Float32Array; bits: number } {
  let bits = 0;
  while (1 << bits < area) bits++;
  const correction = (1 << bits) / area;
  // Beyond it there are no weights, and the table stays small enough for the processor to keep near.
  const size = Math.floor((-Math.log(minWeight) * h * h * channels) / correction) + 1;
  const table = Float32Array.from({ length: size }, (_, i) =>
    Math.exp((-i * correction) / (h * h * channels)),
  );
  return { table, bits };
}

/** The plane with its edges mirrored about the outermost pixels, as OpenCV's BORDER_DEFAULT. */
function reflected(plane: Uint8Array, width: number, height: number, border: number): Uint8Array {
  const [wide, tall] = [width + 2 * border, height + 2 * border];
  const mirror = (at: number, size: number): number => {
    if (size === 1) return 0;
    const period = 2 * (size - 1);
    const inside = ((at % period) + period) % period;
    return inside < size ? inside : period - inside;
  };
  const out = new Uint8Array(wide * tall);
  for (let y = 0; y < tall; y++) {
    const from = mirror(y - border, height) * width;
    for (let x = 0; x < wide; x++) out[y * wide + x] = plane[from + mirror(x - border, width)]!;
  }
  return out;
}

// Lab of 8 bit as OpenCV computes it, in whole numbers: RGB taken as linear, D65, L * 255 / 100, a + 128, b + 128. Rounding
// matters: one step of a or b is several of red or blue.
const white = [0.950456, 1, 1.088754] as const;
const coefficients = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
].map((row, k) => row.map((value) => Math.round((value / white[k]!) * 4096)));
const cubeRoots = Int32Array.from({ length: 384 * 8 }, (_, i) => {
  const t = i / (255 * 8);
  return Math.round(32768 * (t < 0.008856 ? 7.787 * t + 16 / 116 : Math.cbrt(t)));
});
const fromXyz = [
  [3.240479, -1.53715, -0.498535],
  [-0.969256, 1.875991, 0.041556],
  [0.055648, -0.204043, 1.057311],
] as const;

function toLab(rgb: Uint8Array, at: number, lab: readonly Uint8Array[], i: number): void {
  const [fx, fy, fz] = coefficients.map(
    ([r, g, b]) => cubeRoots[(8 * (r! * rgb[at]! + g! * rgb[at + 1]! + b! * rgb[at + 2]!) + 2048) >> 12]!,
  ) as [number, number, number];
  lab[0]![i] = clamp((296 * fy - 1_336_934 + 16384) >> 15);
  lab[1]![i] = clamp((500 * (fx - fy) + 128 * 32768 + 16384) >> 15);
  lab[2]![i] = clamp((200 * (fy - fz) + 128 * 32768 + 16384) >> 15);
}

function fromLab(l: Uint8Array, a: Uint8Array, b: Uint8Array, i: number, out: Uint8Array): void {
  const fy = (l[i]! / 2.55 + 16) / 116;
  const bands = [fy + (a[i]! - 128) / 500, fy, fy - (b[i]! - 128) / 200];
  const xyz = bands.map((f, k) => white[k]! * (f > 6 / 29 ? f ** 3 : (f - 16 / 116) / 7.787));
  fromXyz.forEach((row, k) => {
    out[3 * i + k] = clamp(Math.floor(255 * (row[0] * xyz[0]! + row[1] * xyz[1]! + row[2] * xyz[2]!)));
  });
}

const clamp = (value: number) => Math.max(0, Math.min(255, value));
