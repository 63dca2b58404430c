import { mean } from "./mean.ts";
/** Scores of one class. Without a case that was said to be of the class, precision is 0. */
export interface ClassScore {
  /** Cases that are of the class. */
  readonly n: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface ClassificationScores {
  readonly n: number;
  readonly accuracy: number;
  /** Means over the classes that have cases. */
  readonly macroF1: number;
  /** Unweighted average recall. */
  readonly uar: number;
  /** Share of the most frequent class: what always saying that class would reach. */
  readonly majority: number;
  readonly perClass: readonly ClassScore[];
  /** Row: truth, column: prediction. A case without a prediction is in no column. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * Scores of predicted classes 0 to `classes` - 1 against the truth. A case without a prediction (a face that was not
 * found) counts as an error.
 *
 * @throws RangeError without cases.
 */
export function classificationScores(
  truth: readonly number[],
  predicted: readonly (number | undefined)[],
  classes: number,
): ClassificationScores {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes + 1).fill(0));
  truth.forEach((row, i) => {
    counts[row]![predicted[i] ?? classes]! += 1;
  });
  return scoresOfCounts(counts);
}

/**
 * The same of a table of counts.
 *
 * @param counts Row: truth, column: prediction, and after those of the classes a column of cases without one.
 * @throws RangeError without cases.
 */
export function scoresOfCounts(counts: readonly (readonly number[])[]): ClassificationScores {
  const classes = counts.length;
  const confusion = counts.map((row) => row.slice(0, classes));
  const are = counts.map((row) => row.reduce((a, b) => a + b, 0));
  const n = are.reduce((a, b) => a + b, 0);
  if (n === 0) throw new RangeError("Scores need a case.");
  const perClass = are.map((of, c) => {
    const hits = confusion[c]![c]!;
    const said = confusion.reduce((sum, row) => sum + row[c]!, 0);
    return {
      n: of,
      precision: hits / Math.max(said, 1),
      recall: hits / Math.max(of, 1),
      f1: (2 * hits) / Math.max(of + said, 1),
    };
  });
  const present = perClass.filter((c) => c.n > 0);
  return {
    n,
    accuracy: confusion.reduce((sum, row, c) => sum + row[c]!, 0) / n,
    macroF1: mean(present.map((c) => c.f1)),
    uar: mean(present.map((c) => c.recall)),
    majority: Math.max(...are) / n,
    perClass,
    confusion,
  };
}

/** A bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly n: number;
  /** Means over the bin; null where it is empty. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

/** Confidence against accuracy, in bins of equal width that are filled case by case. */
export class ReliabilityDiagram {
  readonly #n: Float64Array;
  readonly #right: Float64Array;
  readonly #confidence: Float64Array;

  constructor(bins = 15) {
    this.#n = new Float64Array(bins);
    this.#right = new Float64Array(bins);
    this.#confidence = new Float64Array(bins);
  }

  /** @param confidence Probability of the label that was said, 0 to 1. @param weight so many such cases */
  add(confidence: number, right: boolean, weight = 1): void {
    const bins = this.#n.length;
    const bin = Math.min(Math.floor(confidence * bins), bins - 1);
    this.#n[bin]! += weight;
    this.#confidence[bin]! += weight * confidence;
    if (right) this.#right[bin]! += weight;
  }

  /** Expected calibration error (Guo et al. 2017); undefined without cases. */
  get error(): number | undefined {
    const n = this.#n.reduce((a, b) => a + b, 0);
    const gaps = this.#right.reduce((sum, right, i) => sum + Math.abs(right - this.#confidence[i]!), 0);
    return n === 0 ? undefined : gaps / n;
  }

  get bins(): ReliabilityBin[] {
    const width = 1 / this.#n.length;
    return Array.from(this.#n, (n, i) => ({
      ...{ from: i * width, to: (i + 1) * width, n },
      confidence: n === 0 ? null : this.#confidence[i]! / n,
      accuracy: n === 0 ? null : this.#right[i]! / n,
    }));
  }
}

/**
 * Expected calibration error of the label that was said (Guo et al. 2017): the mean gap between confidence and
 * accuracy over bins of equal width, weighted by their cases.
 *
 * @param confidence Probability of the label that was said, 0 to 1.
 * @param correct Whether that label was right.
 * @throws RangeError without cases.
 */
export function expectedCalibrationError(
  confidence: readonly number[],
  correct: readonly boolean[],
  bins = 15,
): number {
  const reliability = new ReliabilityDiagram(bins);
  confidence.forEach((p, i) => reliability.add(p, correct[i]!));
  const { error } = reliability;
  if (error === undefined) throw new RangeError("Calibration needs a case.");
  return error;
}
