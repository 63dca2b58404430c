import type { curveStatistics, Measure } from "./measures.ts";
import { sumWindow, type MeasuredClip, type Window, type WindowSums } from "./samples.ts";

/** One time that an event happened to a person: a part of one of their clips. */
export interface Occurrence {
  readonly clip: MeasuredClip;
  readonly window: Window;
}

/** Of a person at rest, by signal (`face.happy`) or behaviour (`behaviour.blinks`). */
export type Baseline = ReadonlyMap<string, number>;

/**
 * The values of all measures over the occurrences of an event. With a baseline, of the signals minus the baseline; a measure
 * that a baseline does not change (latency, coverage), or that has no baseline, is then undefined.
 */
export function measureCell(
  occurrences: readonly Occurrence[],
  measures: readonly Measure[],
  threshold: number,
  baseline?: Baseline,
): (number | undefined)[] {
  const sums = new Map<string, WindowSums[]>();
  const sumsOf = (signal: string, offset: number): WindowSums[] => {
    const known = sums.get(signal);
    if (known !== undefined) return known;
    const made = occurrences.flatMap(({ clip, window }) => {
      const samples = clip.signals.get(signal);
      const found = samples && sumWindow(samples, window, { offset, threshold });
      return found === undefined ? [] : [{ ...found, peakMs: found.peakMs - window.startMs }];
    });
    sums.set(signal, made);
    return made;
  };
  return measures.map(({ source, signal, statistic, name }) => {
    if (source === "behaviour") {
      const value = behaviourValue(signal, occurrences, (of) => sumsOf(of, 0));
      if (baseline === undefined) return value;
      const rest = baseline.get(name);
      return value === undefined || rest === undefined || signal === "coverage" ? undefined : value - rest;
    }
    const of = `${source}.${signal}`;
    const offset = baseline === undefined ? 0 : baseline.get(of);
    if (offset === undefined || (baseline !== undefined && statistic === "latency_to_peak")) return undefined;
    return curveValue(statistic as (typeof curveStatistics)[number], sumsOf(of, offset));
  });
}

/** What a person is like over the given parts of clips. */
export function baselineOf(occurrences: readonly Occurrence[], measures: readonly Measure[]): Baseline {
  const values = measureCell(occurrences, measures, Infinity);
  return new Map(
    measures.flatMap(({ source, signal, statistic, name }, i) => {
      const value = values[i];
      if (value === undefined) return [];
      if (source === "behaviour") return [[name, value]];
      return statistic === "mean" ? [[`${source}.${signal}`, value]] : [];
    }),
  );
}

function curveValue(
  statistic: (typeof curveStatistics)[number],
  parts: readonly WindowSums[],
): number | undefined {
  if (parts.length === 0) return undefined;
  const totalMs = parts.reduce((sum, part) => sum + part.totalMs, 0);
  const mean = (value: (part: WindowSums) => number) =>
    parts.reduce((sum, part) => sum + value(part), 0) / parts.length;
  switch (statistic) {
    case "mean":
      return parts.reduce((sum, part) => sum + part.sum, 0) / totalMs;
    case "peak":
      return mean(({ peak }) => peak);
    case "latency_to_peak":
      return mean(({ peakMs }) => peakMs) / 1000;
    case "share_over_threshold":
      return parts.reduce((sum, { overMs }) => sum + overMs, 0) / totalMs;
    case "area":
      return mean(({ sum }) => sum) / 1000;
  }
}

function behaviourValue(
  signal: string,
  occurrences: readonly Occurrence[],
  sumsOf: (signal: string) => readonly WindowSums[],
): number | undefined {
  if (signal === "blinks") {
    const seenMs = sumsOf("eyes").reduce((sum, part) => sum + part.sum, 0);
    if (seenMs === 0) return undefined;
    const blinks = occurrences.reduce(
      (sum, { clip, window }) =>
        sum + clip.blinksMs.filter((ms) => ms >= window.startMs && ms < window.endMs).length,
      0,
    );
    return (60_000 * blinks) / seenMs;
  }
  const parts = sumsOf(signal);
  const totalMs = parts.reduce((sum, part) => sum + part.totalMs, 0);
  if (totalMs === 0) return undefined;
  const mean = parts.reduce((sum, part) => sum + part.sum, 0) / totalMs;
  if (signal !== "mouth" && signal !== "brow") return mean;
  const squares = parts.reduce((sum, part) => sum + part.squares, 0) / totalMs;
  return Math.sqrt(Math.max(0, squares - mean * mean));
}
