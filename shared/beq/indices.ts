import { expressionLabels, type ExpressionLabel } from "../emotion/labels.ts";
import { quantile } from "../stats/intervals.ts";

/**
 * Expressivity indices of a person, from the emotion that the model saw on their face. They are compared between people;
 * by themselves they say nothing about anybody.
 */
export interface ExpressivityIndices {
  /** Mean positive deviation of p(happy) from the baseline. */
  readonly pos: number;
  /** Mean positive deviation over angry, fear, sad and disgust. */
  readonly neg: number;
  /** 95th percentile of the change of the emotion vector from frame to frame, per second. */
  readonly imp: number;
}

export type IndexName = keyof ExpressivityIndices;
export const indexNames = ["pos", "neg", "imp"] as const satisfies readonly IndexName[];

/** What the model saw of one person in one clip: the frames that could be trusted. */
export interface EmotionTrace {
  /** Frames of the clip, with and without the face. */
  readonly frames: number;
  /** Number of each trusted frame in the clip, rising. */
  readonly indices: readonly number[];
  readonly timesMs: readonly number[];
  /** Probabilities, labels.length a trusted frame, in the order of {@link expressionLabels}. */
  readonly probabilities: readonly number[];
}

export type EmotionVector = readonly number[];

const width = expressionLabels.length;
const negative: readonly ExpressionLabel[] = ["angry", "fear", "sad", "disgust"];

/** Mean emotion of a clip in which the person is at rest; undefined without a trusted frame. */
export function restingBaseline(traces: readonly EmotionTrace[]): EmotionVector | undefined {
  return meanOf(traces.flatMap(vectors));
}

/** Of the frames that stand in for a baseline clip. */
export const maxNeutralShare = 0.25;

/**
 * Stands in where there is no clip of the person at rest: their mean emotion over the quarter of frames in which p(neutral)
 * is highest. undefined without a trusted frame.
 */
export function maxNeutralBaseline(traces: readonly EmotionTrace[]): EmotionVector | undefined {
  const at = expressionLabels.indexOf("neutral");
  const sorted = traces.flatMap(vectors).sort((a, b) => b[at]! - a[at]!);
  return meanOf(sorted.slice(0, Math.ceil(sorted.length * maxNeutralShare)));
}

/**
 * The indices over all clips of a person, each with the baseline of its session. The baseline leaves `imp` as it is: it
 * cancels in a difference of two frames.
 *
 * @returns undefined when no two trusted frames follow each other
 */
export function expressivityIndices(
  clips: readonly { readonly trace: EmotionTrace; readonly baseline: EmotionVector }[],
): ExpressivityIndices | undefined {
  let pos = 0;
  let neg = 0;
  let frames = 0;
  const changes: number[] = [];
  for (const { trace, baseline } of clips) {
    const above = (row: EmotionVector, label: ExpressionLabel) => {
      const k = expressionLabels.indexOf(label);
      return Math.max(0, row[k]! - baseline[k]!);
    };
    const rows = vectors(trace);
    for (const [i, row] of rows.entries()) {
      frames++;
      pos += above(row, "happy");
      neg += negative.reduce((sum, label) => sum + above(row, label), 0) / negative.length;
      const seconds = i === 0 ? 0 : (trace.timesMs[i]! - trace.timesMs[i - 1]!) / 1000;
      // Across a gap the face may have done anything.
      if (seconds > 0 && trace.indices[i] === trace.indices[i - 1]! + 1)
        changes.push(Math.hypot(...row.map((p, k) => p - rows[i - 1]![k]!)) / seconds);
    }
  }
  if (changes.length === 0) return undefined;
  return { pos: pos / frames, neg: neg / frames, imp: quantile(changes, 0.95) };
}

/** The emotion of a part of a clip; undefined without a trusted frame in it. */
export function emotionBetween(
  { timesMs, probabilities }: EmotionTrace,
  startMs: number,
  endMs: number,
): ExpressionLabel | undefined {
  const rows = timesMs.flatMap((time, i) =>
    time >= startMs && time < endMs ? [probabilities.slice(i * width, (i + 1) * width)] : [],
  );
  const mean = meanOf(rows);
  return mean && expressionLabels[mean.indexOf(Math.max(...mean))];
}

const vectors = ({ indices, probabilities }: EmotionTrace): EmotionVector[] =>
  indices.map((_, i) => probabilities.slice(i * width, (i + 1) * width));

function meanOf(rows: readonly EmotionVector[]): EmotionVector | undefined {
  if (rows.length === 0) return undefined;
  return expressionLabels.map((_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length);
}
