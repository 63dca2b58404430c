/** A signal as it was sampled: times rise. A sample stands for the time until the next, or for less where frames are missing. */
export interface WeightedSamples {
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
  readonly weightsMs: readonly number[];
}

/** What was measured of one person in one clip. */
export interface MeasuredClip {
  readonly startMs: number;
  readonly endMs: number;
  /** By name: `face.happy`, `voice.valence`, `gaze_away`, `mouth`, `brow`, `coverage`, `eyes` (1 where they were seen). */
  readonly signals: ReadonlyMap<string, WeightedSamples>;
  /** When the person began to blink. */
  readonly blinksMs: readonly number[];
}

/** A part of a clip. */
export interface Window {
  readonly startMs: number;
  readonly endMs: number;
}

/** A sample stands for no longer than so many usual steps: what is missing is not made up. */
const maxSteps = 2;

/** Samples, each with the time that it stands for: until the next one of all frames, the last as long as the usual step. */
export function weighSamples(
  timesMs: readonly number[],
  values: readonly number[],
  usualStepMs: number,
): WeightedSamples {
  const maxMs = maxSteps * usualStepMs;
  const weightsMs = timesMs.map((timeMs, i) => {
    const step = (timesMs[i + 1] ?? timeMs + usualStepMs) - timeMs;
    return step > maxMs ? usualStepMs : step;
  });
  return { timesMs, values, weightsMs };
}

/** The middle of the steps between times; 0 with fewer than two. */
export function medianStep(timesMs: readonly number[]): number {
  const steps = timesMs.slice(1).map((timeMs, i) => timeMs - timesMs[i]!);
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? 0;
}

/** Sums over the samples of a window, each weighted by its time. */
export interface WindowSums {
  readonly totalMs: number;
  /** Of value times milliseconds, and of its square. */
  readonly sum: number;
  readonly squares: number;
  readonly overMs: number;
  readonly peak: number;
  readonly peakMs: number;
}

/**
 * Reads a window of a signal; undefined without a sample in it.
 * @param offset is taken off each value
 */
export function sumWindow(
  { timesMs, values, weightsMs }: WeightedSamples,
  { startMs, endMs }: Window,
  { offset = 0, threshold = Infinity }: { offset?: number; threshold?: number } = {},
): WindowSums | undefined {
  let [totalMs, sum, squares, overMs, peak, peakMs] = [0, 0, 0, 0, -Infinity, 0];
  for (let i = firstFrom(timesMs, startMs); i < timesMs.length && timesMs[i]! < endMs; i++) {
    const value = values[i]! - offset;
    const weight = weightsMs[i]!;
    totalMs += weight;
    sum += weight * value;
    squares += weight * value * value;
    if (value > threshold) overMs += weight;
    if (value > peak) [peak, peakMs] = [value, timesMs[i]!];
  }
  return totalMs > 0 ? { totalMs, sum, squares, overMs, peak, peakMs } : undefined;
}

/** The first index whose time is not before `timeMs`. */
function firstFrom(timesMs: readonly number[], timeMs: number): number {
  let [low, high] = [0, timesMs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timesMs[middle]! < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
