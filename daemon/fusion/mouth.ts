/** A signal as it was sampled: times rise. */
export interface Samples {
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
}

/** Both signals are read at these steps. */
const gridMs = 40;
/** A point of the grid has a value if a sample is no further away. */
const reachMs = 120;
/** Either signal is a mean over so many points, 120 ms: syllables, not sounds. */
const smoothPoints = 3;
/** The mouth may be so many points ahead of the voice or behind it, 80 ms. */
const maxLag = 2;
/** Fewer common points than this, 1 s, say nothing. */
const minPoints = 25;

/** Opening of the mouth between the inner lips, in inter-ocular distances. `landmarks`: x0, y0, ..., x67, y67. */
export function mouthOpening(landmarks: ArrayLike<number>): number {
  const eyes = eyeDistance(landmarks);
  const gap = (a: number, b: number): number =>
    Math.hypot(landmarks[2 * a]! - landmarks[2 * b]!, landmarks[2 * a + 1]! - landmarks[2 * b + 1]!);
  return eyes > 0 ? (gap(61, 67) + gap(62, 66) + gap(63, 65)) / (3 * eyes) : 0;
}

/** Mean distance of the brows from the centres of their eyes, in inter-ocular distances. */
export function browHeight(landmarks: ArrayLike<number>): number {
  const eyes = eyeDistance(landmarks);
  const height = (brow: number, eye: number): number =>
    Math.hypot(
      centre(landmarks, brow, 5, 0) - centre(landmarks, eye, 6, 0),
      centre(landmarks, brow, 5, 1) - centre(landmarks, eye, 6, 1),
    );
  return eyes > 0 ? (height(17, 36) + height(22, 42)) / (2 * eyes) : 0;
}

/** Between the centres of the eyes, px. */
function eyeDistance(landmarks: ArrayLike<number>): number {
  const along = (axis: 0 | 1) => centre(landmarks, 42, 6, axis) - centre(landmarks, 36, 6, axis);
  return Math.hypot(along(0), along(1));
}

/** Mean of one coordinate of neighbouring points. */
function centre(landmarks: ArrayLike<number>, first: number, count: number, axis: 0 | 1): number {
  let sum = 0;
  for (let i = first; i < first + count; i++) sum += landmarks[2 * i + axis]!;
  return sum / count;
}

/**
 * How well a mouth moves with a voice between two times: the greatest correlation over small lags, -1 to 1; undefined
 * where less than a second of both is there, one does not change at all, or the mouth was seen too seldom.
 */
export function togetherness(
  mouth: Samples,
  voice: Samples,
  startMs: number,
  endMs: number,
): number | undefined {
  if (isSlow(mouth, startMs, endMs)) return undefined;
  const points = Math.floor((endMs - startMs) / gridMs) + 1;
  const [a, b] = [onGrid(mouth, startMs, points), onGrid(voice, startMs, points)];
  let best: number | undefined;
  for (let lag = -maxLag; lag <= maxLag; lag++) {
    const r = correlation(a, b, lag);
    if (r !== undefined && (best === undefined || r > best)) best = r;
  }
  return best;
}

/** Pictures further apart than this, on average, show no syllables. */
const maxIntervalMs = 130;

function isSlow({ timesMs }: Samples, startMs: number, endMs: number): boolean {
  const inside = timesMs.filter((timeMs) => timeMs >= startMs && timeMs <= endMs);
  const spanMs = (inside.at(-1) ?? 0) - (inside[0] ?? 0);
  return inside.length < 2 || spanMs / (inside.length - 1) > maxIntervalMs;
}

/** Standard deviation of a signal between two times, 0 without samples. */
export function spread({ timesMs, values }: Samples, startMs: number, endMs: number): number {
  const inside = values.filter((_, i) => timesMs[i]! >= startMs && timesMs[i]! <= endMs);
  const mean = inside.reduce((sum, value) => sum + value, 0) / Math.max(1, inside.length);
  return Math.sqrt(inside.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, inside.length));
}

/** The signal on the grid, smoothed; NaN where there is nothing. */
function onGrid({ timesMs, values }: Samples, startMs: number, points: number): Float64Array {
  const grid = new Float64Array(points).fill(NaN);
  let next = 0;
  for (let i = 0; i < points; i++) {
    const timeMs = startMs + i * gridMs;
    while (next < timesMs.length && timesMs[next]! < timeMs) next++;
    const [before, after] = [next - 1, next];
    const toBefore = before >= 0 ? timeMs - timesMs[before]! : Infinity;
    const toAfter = after < timesMs.length ? timesMs[after]! - timeMs : Infinity;
    if (Math.min(toBefore, toAfter) > reachMs) continue;
    if (toBefore > reachMs) grid[i] = values[after]!;
    else if (toAfter > reachMs) grid[i] = values[before]!;
    else grid[i] = (values[before]! * toAfter + values[after]! * toBefore) / (toBefore + toAfter);
  }
  const half = smoothPoints >> 1;
  return grid.map((_, i) => {
    const around = grid.subarray(Math.max(0, i - half), i + half + 1);
    return around.reduce((sum, value) => sum + value, 0) / around.length;
  });
}

/** Pearson's correlation of a[i] with b[i + lag] where both are there. */
function correlation(a: Float64Array, b: Float64Array, lag: number): number | undefined {
  let [n, sumA, sumB, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
  for (let i = Math.max(0, -lag); i < a.length && i + lag < b.length; i++) {
    const [x, y] = [a[i]!, b[i + lag]!];
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    n++;
    sumA += x;
    sumB += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  if (n < minPoints) return undefined;
  const variance = (aa - (sumA * sumA) / n) * (bb - (sumB * sumB) / n);
  return variance > 1e-12 ? (ab - (sumA * sumB) / n) / Math.sqrt(variance) : undefined;
}
