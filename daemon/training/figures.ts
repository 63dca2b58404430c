import type { TrainingFigures } from "../../shared/protocol/training.ts";
import { fitTemperature, reliabilityDiagram, softmaxRow } from "../../shared/stats/calibration.ts";
import { classificationScores, expectedCalibrationError } from "../../shared/stats/classification.ts";
import { clusterBootstrap, type Interval } from "../../shared/stats/intervals.ts";

/** Answers on one part of a set. */
export interface JudgedPart {
  readonly part: "validation" | "test";
  /** [n, classes] */
  readonly logits: Float32Array;
  readonly truth: readonly number[];
  readonly paths: readonly string[];
  /** Person, or near-duplicates: what intervals are drawn by. */
  readonly groups: readonly string[];
  readonly subjects: boolean;
}

const draws = 500;
const maxWorst = 24;
const folds = 5;

/**
 * Figures of a network on one part.
 *
 * @param temperature that the network carries; undefined: it was fitted to this very part, and the calibration error after
 *   is then that of temperatures fitted to four fifths of the groups, on the last
 */
export function figuresOf(
  judged: JudgedPart,
  labels: readonly string[],
  { temperature, fitted }: { temperature: number; fitted: "here" | "elsewhere" },
): TrainingFigures {
  const { logits, truth, groups, paths } = judged;
  const classes = labels.length;
  const rows = truth.map((_, i) => softmaxRow(logits, i, classes, temperature));
  const said = rows.map((row) => row.indexOf(Math.max(...row)));
  const right = said.map((label, i) => label === truth[i]);
  const scores = classificationScores(truth, said, classes);
  const of = (pick: (scores: ReturnType<typeof classificationScores>) => number) => {
    const interval = intervalOf(groups, (indices) =>
      pick(
        classificationScores(
          indices.map((i) => truth[i]!),
          indices.map((i) => said[i]!),
          classes,
        ),
      ),
    );
    return { value: pick(scores), ...(interval && { interval }) };
  };
  const ece = (confidence: readonly number[]) => expectedCalibrationError(confidence, right);
  const plain = truth.map((_, i) => Math.max(...softmaxRow(logits, i, classes)));
  const after = fitted === "elsewhere" ? rows.map((row) => Math.max(...row)) : crossFitted(judged, classes);
  return {
    part: judged.part,
    n: truth.length,
    ...(judged.subjects ? { subjects: new Set(groups).size } : {}),
    accuracy: of(({ accuracy }) => accuracy),
    macroF1: of(({ macroF1 }) => macroF1),
    uar: of(({ uar }) => uar),
    intervalMethod: `95 %, bootstrap over ${judged.subjects ? "persons" : "pictures, copies together"}, ${draws} draws, seed 0`,
    majorityBaseline: scores.majority,
    ece: { before: ece(plain), after: ece(after), temperature },
    reliability: reliabilityDiagram(after, right).map(({ n, confidence, accuracy }) => ({
      n,
      // As these figures are stored.
      ...{ confidence: confidence ?? 0, accuracy: accuracy ?? 0 },
    })),
    perClass: Object.fromEntries(labels.map((label, c) => [label, { ...scores.perClass[c]! }])),
    labels: [...labels],
    confusion: scores.confusion.map((row) => [...row]),
    worst: truth
      .map((label, i) => ({
        path: paths[i]!,
        truth: labels[label]!,
        said: labels[said[i]!]!,
        probability: rows[i]![said[i]!]!,
      }))
      .filter((_, i) => !right[i])
      .sort((a, b) => b.probability - a.probability)
      .slice(0, maxWorst),
  };
}

function intervalOf(
  groups: readonly string[],
  statistic: (indices: readonly number[]) => number,
): Interval | undefined {
  return new Set(groups).size < 2 ? undefined : clusterBootstrap(statistic, groups, { draws });
}

/** Confidence of what is said, by temperatures that did not see the case's group. */
function crossFitted({ logits, truth, groups }: JudgedPart, classes: number): number[] {
  const names = [...new Set(groups)];
  const foldOf = new Map(names.map((name, i) => [name, i % folds]));
  const confidence = new Array<number>(truth.length);
  for (let fold = 0; fold < folds; fold++) {
    const others = truth.flatMap((_, i) => (foldOf.get(groups[i]!) === fold ? [] : [i]));
    if (others.length === truth.length) continue;
    const kept = new Float32Array(others.length * classes);
    others.forEach((i, k) => kept.set(logits.subarray(i * classes, (i + 1) * classes), k * classes));
    const temperature =
      others.length === 0
        ? 1
        : fitTemperature(
            kept,
            others.map((i) => truth[i]!),
            classes,
          );
    truth.forEach((_, i) => {
      if (foldOf.get(groups[i]!) === fold)
        confidence[i] = Math.max(...softmaxRow(logits, i, classes, temperature));
    });
  }
  return confidence;
}
