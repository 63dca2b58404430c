import { stretchesOf, type Segment } from "../../segments/segment.ts";
import { ReliabilityDiagram, scoresOfCounts } from "../../stats/classification.ts";
import { kappaOfTable } from "../../stats/nominalTally.ts";
import { resampledIntervals } from "../../stats/resampling.ts";
import { noneLabel } from "../agreement/overTime.ts";
import type { ResampledBy } from "../agreement/options.ts";
import type { IntervalTierEvaluation } from "./figures.ts";
import type { ModelReading, ModelSample } from "./modelReading.ts";

/** What gold and the model say of one lane of one clip. */
export interface EvaluatedLane {
  readonly clip: string;
  readonly durationMs: number;
  /** Sorted by start. */
  readonly gold: readonly Segment[];
  /** Absent where the model knows nothing of this face or voice. */
  readonly model: ModelReading | undefined;
}

export interface TimeOptions {
  /** Labels that both can give. */
  readonly labels: readonly string[];
  /** Time without an annotation is an answer: of events, which are there or not. */
  readonly isEvent: boolean;
  readonly stepMs: number;
}

type TimeScores = Pick<
  IntervalTierEvaluation,
  | "labels"
  | "n"
  | "covered"
  | "coverage"
  | "accuracy"
  | "accuracyInterval"
  | "kappa"
  | "kappaInterval"
  | "uar"
  | "uarInterval"
  | "macroF1"
  | "macroF1Interval"
  | "majorityBaseline"
  | "perClass"
  | "confusion"
  | "ece"
  | "reliability"
> & { readonly lackingSteps: number };

/** Bins of the reliability diagram, as many as the error is computed with. */
const bins = 15;

/** The model against gold, step by step at the middle of each. */
export function timeScores(
  lanes: readonly EvaluatedLane[],
  options: TimeOptions,
  by: ResampledBy,
): TimeScores {
  const labels = options.isEvent ? [...options.labels, noneLabel] : options.labels;
  const width = labels.length + 1;
  const pieceSteps =
    by.plan.method === "parts" ? Infinity : Math.max(1, Math.round(by.pieceMs / options.stepMs));
  const parts = new Map<string, Float64Array>();
  const reliability = new ReliabilityDiagram(bins);
  let lackingSteps = 0;
  for (const lane of lanes) {
    const steps = Math.ceil(lane.durationMs / options.stepMs - 0.5);
    const model = modelAt(lane, options);
    const gold = goldAt(lane.gold, options);
    for (let i = 0; i < steps; i++) {
      // Every piece of time counts in a bootstrap, labelled or not.
      const key = pieceSteps === Infinity ? lane.clip : String(Math.floor(i / pieceSteps));
      const part = parts.get(key) ?? new Float64Array(labels.length * width);
      parts.set(key, part);
      const timeMs = (i + 0.5) * options.stepMs;
      const row = gold(timeMs);
      if (row === lacking) lackingSteps++;
      if (row < 0) continue;
      const said = model(timeMs);
      part[row * width + said.label]! += 1;
      if (said.confidence !== undefined) reliability.add(said.confidence, said.label === row);
    }
  }
  const rows = [...parts.values()];
  const sums = new Float64Array(labels.length * width);
  for (const part of rows) part.forEach((count, i) => (sums[i]! += count));
  const counts = (flat: Float64Array): number[][] =>
    labels.map((_, row) => [...flat.subarray(row * width, (row + 1) * width)]);
  const statistics = (flat: Float64Array): (number | undefined)[] => {
    if (flat.every((count) => count === 0)) return [undefined, undefined, undefined, undefined];
    const { accuracy, uar, macroF1 } = scoresOfCounts(counts(flat));
    return [accuracy, kappaWithOpen(flat, labels.length), uar, macroF1];
  };
  const all = counts(sums);
  const n = sums.reduce((a, b) => a + b, 0);
  const covered = n - all.reduce((sum, row) => sum + row.at(-1)!, 0);
  const [accuracy, kappa, uar, macroF1] = statistics(sums).map((value) => value ?? null);
  const intervals = resampledIntervals(rows, statistics, by.plan);
  const scores = n === 0 ? undefined : scoresOfCounts(all);
  const within = (i: number) => intervals[i] ?? null;
  return {
    ...{ labels, n, covered, coverage: n === 0 ? null : covered / n, lackingSteps },
    ...{ accuracy: accuracy!, accuracyInterval: within(0), kappa: kappa!, kappaInterval: within(1) },
    ...{ uar: uar!, uarInterval: within(2), macroF1: macroF1!, macroF1Interval: within(3) },
    majorityBaseline: scores?.majority ?? null,
    perClass: Object.fromEntries(
      labels.flatMap((label, i) => (scores ? [[label, scores.perClass[i]!]] : [])),
    ),
    confusion: { columns: [...labels, openColumn], counts: all },
    ece: reliability.error ?? null,
    reliability: reliability.error === undefined ? [] : reliability.bins,
  };
}

/** What the model left open. */
export const openColumn = "(nothing trusted)";

/** Cohen's kappa with what was left open as an answer that gold never gives. */
function kappaWithOpen(flat: Float64Array, labels: number): number | undefined {
  const square = new Float64Array((labels + 1) ** 2);
  square.set(flat);
  return kappaOfTable(square, labels + 1).kappa;
}

/** Time that gold does not label, and time whose label the model does not know. */
const [open, lacking] = [-1, -2];

function goldAt(segments: readonly Segment[], { labels, isEvent }: TimeOptions): (timeMs: number) => number {
  const none = isEvent ? labels.length : open;
  const at = walk(stretchesOf(segments).map((one) => ({ fromMs: one.startMs, toMs: one.endMs, one })));
  return (timeMs) => {
    const found = at(timeMs);
    if (found === undefined) return none;
    const index = labels.indexOf(found.one.label);
    return index < 0 ? lacking : index;
  };
}

interface Said {
  /** Index into the labels; behind them: left open. */
  readonly label: number;
  readonly confidence?: number;
}

function modelAt({ model }: EvaluatedLane, { labels, isEvent }: TimeOptions): (timeMs: number) => Said {
  const nothing: Said = { label: labels.length + (isEvent ? 1 : 0) };
  if (model === undefined) return () => nothing;
  if (isEvent) {
    const at = walk(model.segments.map((one) => ({ fromMs: one.startMs, toMs: one.endMs, one })));
    const none: Said = { label: labels.length };
    return (timeMs) => {
      const index = labels.indexOf(at(timeMs)?.one.label ?? "");
      return index < 0 ? none : { label: index };
    };
  }
  const at = walk(model.samples);
  const read = new Map<ModelSample, Said>();
  return (timeMs) => {
    const sample = at(timeMs);
    if (sample?.probabilities === undefined) return nothing;
    const known = read.get(sample) ?? decided(sample.probabilities, labels);
    read.set(sample, known);
    return known;
  };
}

/** The likeliest of the labels, and its probability among them. */
function decided(probabilities: Readonly<Partial<Record<string, number>>>, labels: readonly string[]): Said {
  const values = labels.map((label) => probabilities[label] ?? 0);
  const sum = values.reduce((a, b) => a + b, 0);
  const label = values.indexOf(Math.max(...values));
  return { label, confidence: sum > 0 ? Math.min(1, values[label]! / sum) : 1 / labels.length };
}

/** The first of sorted stretches that holds a time, asked for times that rise. */
function walk<Span extends { readonly fromMs: number; readonly toMs: number }>(
  stretches: readonly Span[],
): (timeMs: number) => Span | undefined {
  let from = 0;
  return (timeMs) => {
    while (from < stretches.length && stretches[from]!.toMs <= timeMs) from++;
    const at = stretches[from];
    return at !== undefined && at.fromMs <= timeMs ? at : undefined;
  };
}
