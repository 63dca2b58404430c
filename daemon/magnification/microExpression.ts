import type { AnalysisEvent } from "../../shared/protocol/results.ts";

/** Facial regions whose motion is watched, with the landmarks (iBUG 68) that each surrounds. */
export const regions = {
  brows: [17, 18, 19, 20, 21, 22, 23, 24, 25, 26],
  eyes: [36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47],
  nose: [27, 28, 29, 30, 31, 32, 33, 34, 35],
  mouth: [48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59],
  cheeks: [2, 3, 4, 12, 13, 14],
} as const;
export type FaceRegion = keyof typeof regions;
export const regionNames = Object.keys(regions) as readonly FaceRegion[];

/** A box in fractions of the aligned crop: left, top, right, bottom. */
export type RegionBoxes = Readonly<Record<FaceRegion, readonly [number, number, number, number]>>;

/**
 * The box around each region's landmarks, widened by a twentieth of the crop.
 *
 * @param landmarks x0, y0, ..., fractions of the crop
 */
export function regionBoxes(landmarks: ArrayLike<number>): RegionBoxes {
  const margin = 0.05;
  const clamp = (v: number): number => Math.min(1, Math.max(0, v));
  const boxes = regionNames.map((name) => {
    const xs = regions[name].map((k) => landmarks[2 * k]!);
    const ys = regions[name].map((k) => landmarks[2 * k + 1]!);
    const box = [
      clamp(Math.min(...xs) - margin),
      clamp(Math.min(...ys) - margin),
      clamp(Math.max(...xs) + margin),
      clamp(Math.max(...ys) + margin),
    ] as const;
    return [name, box] as const;
  });
  return Object.fromEntries(boxes) as unknown as RegionBoxes;
}

/** The face from brows to chin, as the networks that name movements have it: left, top, right, bottom in the crop. */
export function movingBox(landmarks: ArrayLike<number>): readonly [number, number, number, number] {
  const xs = Array.from({ length: 68 }, (_, k) => landmarks[2 * k]!);
  const ys = Array.from({ length: 68 }, (_, k) => landmarks[2 * k + 1]!);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** Root mean square of the pass band inside a box: how much the region moves, in grey levels. */
export function regionEnergy(
  band: { readonly data: Float32Array; readonly width: number; readonly height: number },
  [left, top, right, bottom]: readonly [number, number, number, number],
): number {
  const x0 = Math.floor(left * band.width);
  const x1 = Math.max(x0 + 1, Math.ceil(right * band.width));
  const y0 = Math.floor(top * band.height);
  const y1 = Math.max(y0 + 1, Math.ceil(bottom * band.height));
  let sum = 0;
  let count = 0;
  for (let y = y0; y < Math.min(y1, band.height); y++) {
    for (let x = x0; x < Math.min(x1, band.width); x++) {
      const v = band.data[y * band.width + x]!;
      sum += v * v;
      count++;
    }
  }
  return count === 0 ? 0 : Math.sqrt(sum / count);
}

/** Micro-expressions last 0.04 to 0.5 s; the band-pass rings a little longer on both sides. */
export const maxMs = 500;
const minMs = 40;
/** An apex stands this many scaled median absolute deviations above the person's own baseline. */
const apexDeviations = 8;
/** Onset and offset are where the energy crosses this many. */
const edgeDeviations = 3;
/** Energies of the past that make the baseline. */
const baselineCount = 300;
/** Fewer make no baseline. */
const minBaseline = 30;
/** Motion below this, grey levels, is noise whatever the baseline. */
const minEnergy = 0.25;

/**
 * Finds micro-expression candidates of one person: bursts of motion energy in one facial region, measured against the
 * person's own baseline (running median and median absolute deviation of the last ten seconds or so), with onset, apex
 * and offset. Memory is bounded by the baseline.
 */
export class MicroExpressionDetector {
  readonly #watched = regionNames.map((region) => new RegionWatch(region));

  /** @param energies one for each of {@link regionNames}; returns candidates that ended with this frame */
  next(timeMs: number, energies: readonly number[]): AnalysisEvent[] {
    return this.#watched.flatMap((watch, k) => watch.next(timeMs, energies[k]!) ?? []);
  }

  /** Forgets what is under way, as after a cut; the baseline stays. */
  reset(): void {
    for (const watch of this.#watched) watch.reset();
  }
}

class RegionWatch {
  readonly #region: FaceRegion;
  readonly #past: number[] = [];
  #open: { startMs: number; apexMs: number; apex: number } | undefined;

  constructor(region: FaceRegion) {
    this.#region = region;
  }

  reset(): void {
    this.#open = undefined;
  }

  next(timeMs: number, energy: number): AnalysisEvent | undefined {
    const baseline = this.#past.length >= minBaseline ? deviation(this.#past) : undefined;
    this.#past.push(energy);
    if (this.#past.length > baselineCount) this.#past.shift();
    if (baseline === undefined) return undefined;
    const edge = baseline.median + Math.max(minEnergy, edgeDeviations * baseline.spread);
    const peak = baseline.median + Math.max(2 * minEnergy, apexDeviations * baseline.spread);
    if (energy > edge) {
      this.#open ??= { startMs: timeMs, apexMs: timeMs, apex: energy };
      if (energy > this.#open.apex) {
        this.#open.apex = energy;
        this.#open.apexMs = timeMs;
      }
      return undefined;
    }
    const ended = this.#open;
    this.#open = undefined;
    if (ended === undefined || ended.apex < peak) return undefined;
    const lasted = timeMs - ended.startMs;
    if (lasted < minMs || lasted > maxMs) return undefined;
    return {
      kind: "micro_expression",
      startMs: ended.startMs,
      apexMs: ended.apexMs,
      endMs: timeMs,
      label: this.#region,
      value: (ended.apex - baseline.median) / Math.max(baseline.spread, 1e-6),
    };
  }
}

/** Median and scaled median absolute deviation (1.4826 MAD, the standard deviation of normal data). */
function deviation(values: readonly number[]): { median: number; spread: number } {
  const median = middle(values);
  return { median, spread: 1.4826 * middle(values.map((v) => Math.abs(v - median))) };
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
