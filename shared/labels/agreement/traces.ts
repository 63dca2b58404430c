import type { Trace } from "../../protocol/labels.ts";
import {
  alphaSums,
  bestLag,
  concordance,
  intervalAlpha,
  intraclassCorrelations,
  pearson,
} from "../../stats/ratings.ts";
import { resampledIntervals } from "../../stats/resampling.ts";
import type { LabelledClip } from "./clips.ts";
import type { TracePair, TraceTierAgreement } from "../../protocol/agreement.ts";
import type { ResampledBy } from "./options.ts";
import { eachPair } from "./pairs.ts";

/** How far apart two annotators may be in reacting to the same thing. */
const maxLagMs = 5000;

/** Traces of one clip (and face) at one rate, over the part that all of its annotators rated. */
interface Rated {
  readonly clip: LabelledClip;
  readonly stepMs: number;
  readonly byAnnotator: ReadonlyMap<string, Float64Array>;
  readonly length: number;
}

/** How far annotators agree on a tier that holds a number over time. */
export function traceAgreement(
  tier: string,
  clips: readonly LabelledClip[],
  annotators: readonly string[],
  by: ResampledBy,
): Omit<TraceTierAgreement, "tier" | "kind"> {
  const rated = clips.flatMap((clip) => ratedOf(clip, tier)).filter(({ length }) => length > 0);
  const rows = annotators.map((annotator) =>
    joinedRows(
      rated.map(
        ({ byAnnotator, length }) => byAnnotator.get(annotator) ?? new Float64Array(length).fill(NaN),
      ),
    ),
  );
  const raters = rows.filter((row) => row.length > 0 && row.every((value) => !Number.isNaN(value)));
  const icc = intraclassCorrelations(raters);
  const parts = alphaParts(rated, annotators, by);
  const alpha = intervalAlpha(toSums(parts));
  const [interval] = resampledIntervals(parts, (sums) => [intervalAlpha(toSums([sums]))], by.plan);
  const noIcc =
    raters.length < 2
      ? "No two annotators rated the same part of every clip."
      : "The ratings do not vary, or are too few.";
  return {
    icc: {
      ...{
        icc21: icc.icc21 ?? null,
        icc2k: icc.icc2k ?? null,
        icc31: icc.icc31 ?? null,
        icc3k: icc.icc3k ?? null,
      },
      ...(icc.icc21 === undefined && { reason: noIcc }),
    },
    alpha: {
      value: alpha ?? null,
      interval: alpha === undefined ? null : (interval ?? null),
      ...(alpha === undefined && { reason: "Nothing that two annotators rated varies." }),
    },
    pairs: eachPair(annotators.length).flatMap(([a, b]) => pairOf(rated, annotators[a]!, annotators[b]!)),
  };
}

function pairOf(rated: readonly Rated[], a: string, b: string): TracePair[] {
  const both = rated.filter(({ byAnnotator }) => byAnnotator.has(a) && byAnnotator.has(b));
  if (both.length === 0) return [];
  const series = both.map(({ byAnnotator }) => [byAnnotator.get(a)!, byAnnotator.get(b)!] as const);
  const [x, y] = [joinedRows(series.map(([one]) => one)), joinedRows(series.map(([, other]) => other))];
  const stepMs = Math.max(...both.map((one) => one.stepMs));
  const r = pearson(x, y);
  const lag = bestLag(series, Math.round(maxLagMs / stepMs));
  return [
    {
      ...{ a, b, n: x.length, pearson: r ?? null, ccc: concordance(x, y) ?? null },
      bestLagMs: lag === undefined ? null : lag * stepMs,
      ...(r === undefined && { reason: "One of them does not vary." }),
    },
  ];
}

/** The traces of a clip, one entry a face, brought to the lowest rate among them. */
function ratedOf(clip: LabelledClip, tier: string): Rated[] {
  const faces = new Map<number | undefined, Map<string, Trace>>();
  for (const [annotator, { traces }] of clip.byAnnotator)
    for (const trace of traces) {
      if (trace.tier !== tier) continue;
      const byAnnotator = faces.get(trace.face) ?? new Map<string, Trace>();
      faces.set(trace.face, byAnnotator.set(annotator, trace));
    }
  return [...faces.values()].flatMap((traces) => {
    if (traces.size < 2) return [];
    const stepMs = 1000 / Math.min(...[...traces.values()].map(({ rateHz }) => rateHz));
    const steps = Math.ceil(clip.durationMs / stepMs);
    const whole = [...traces].map(
      ([annotator, trace]) => [annotator, resampled(trace, stepMs, steps)] as const,
    );
    const { from, to } = longestRated(
      whole.map(([, row]) => row),
      steps,
    );
    return {
      clip,
      stepMs,
      byAnnotator: new Map(whole.map(([annotator, row]) => [annotator, row.subarray(from, to)])),
      length: to - from,
    };
  });
}

/** The longest stretch without a gap that all rated. */
function longestRated(rows: readonly Float64Array[], steps: number): { from: number; to: number } {
  let best = { from: 0, to: 0 };
  let from = 0;
  for (let i = 0; i <= steps; i++) {
    if (i < steps && rows.every((row) => !Number.isNaN(row[i]!))) continue;
    if (i - from > best.to - best.from) best = { from, to: i };
    from = i + 1;
  }
  return best;
}

/** Values at i * stepMs, linear between neighbours; NaN where nothing was rated. */
function resampled({ startMs, rateHz, values }: Trace, stepMs: number, steps: number): Float64Array {
  const row = new Float64Array(steps);
  for (let i = 0; i < steps; i++) {
    const at = ((i * stepMs - startMs) * rateHz) / 1000;
    // Rounding must not take the last value for one past it.
    const below = Math.floor(at + 1e-9);
    const rest = Math.max(0, at - below);
    const low = values[below] ?? NaN;
    row[i] = rest < 1e-6 ? low : low + ((values[below + 1] ?? NaN) - low) * rest;
  }
  return row;
}

function joinedRows(rows: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(rows.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
}

function alphaParts(rated: readonly Rated[], annotators: readonly string[], by: ResampledBy): Float64Array[] {
  const byClip = new Map<LabelledClip, Float64Array>();
  const pieces: Float64Array[] = [];
  for (const { clip, stepMs, byAnnotator, length } of rated) {
    const rows = annotators.flatMap((annotator) => byAnnotator.get(annotator) ?? []);
    const piece = by.plan.method === "parts" ? length : Math.max(1, Math.round(by.pieceMs / stepMs));
    for (let from = 0; from < length; from += piece) {
      const { values, within, sum, squares } = alphaSums(rows, from, Math.min(from + piece, length));
      const sums = Float64Array.of(values, within, sum, squares);
      if (by.plan.method === "blocks") pieces.push(sums);
      else
        byClip.set(
          clip,
          (byClip.get(clip) ?? new Float64Array(4)).map((value, i) => value + sums[i]!),
        );
    }
  }
  return by.plan.method === "blocks" ? pieces : [...byClip.values()];
}

function toSums(parts: readonly Float64Array[]) {
  const [values, within, sum, squares] = [0, 1, 2, 3].map((i) =>
    parts.reduce((total, part) => total + part[i]!, 0),
  ) as [number, number, number, number];
  return { values, within, sum, squares };
}
