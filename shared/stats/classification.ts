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
  if (truth.length === 0) throw new RangeError("Scores need a case.");
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const are = new Array<number>(classes).fill(0);
  const said = new Array<number>(classes).fill(0);
  truth.forEach((row, i) => {
    are[row]! += 1;
    const column = predicted[i];
    if (column === undefined) return;
    said[column]! += 1;
    confusion[row]![column]! += 1;
  });
  const perClass = are.map((n, c) => {
    const hits = confusion[c]![c]!;
    return {
      n,
      precision: hits / Math.max(said[c]!, 1),
      recall: hits / Math.max(n, 1),
      f1: (2 * hits) / Math.max(n + said[c]!, 1),
    };
  });
  const present = perClass.filter((c) => c.n > 0);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  return {
    n: truth.length,
    accuracy: confusion.reduce((sum, row, c) => sum + row[c]!, 0) / truth.length,
    macroF1: mean(present.map((c) => c.f1)),
    uar: mean(present.map((c) => c.recall)),
    majority: Math.max(...are) / truth.length,
    perClass,
    confusion,
  };
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
  if (confidence.length === 0) throw new RangeError("Calibration needs a case.");
  const gaps = new Array<number>(bins).fill(0);
  confidence.forEach((p, i) => {
    gaps[Math.min(Math.floor(p * bins), bins - 1)]! += (correct[i] ? 1 : 0) - p;
  });
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / confidence.length;
}
