/** A detection that was held against the truth. */
export interface JudgedDetection {
  readonly score: number;
  /** Whether it is the best one of a true object. */
  readonly right: boolean;
}

/**
 * Average precision: area under the precision-recall curve at every point, with precision made monotone (PASCAL VOC
 * from 2010 on). 0 without detections.
 *
 * @param truths Number of true objects, at least 1.
 */
export function averagePrecision(detections: readonly JudgedDetection[], truths: number): number {
  const sorted = bestFirst(detections);
  let right = 0;
  const precision = sorted.map((d, i) => (right += d.right ? 1 : 0) / (i + 1));
  let best = 0;
  let area = 0;
  for (let i = sorted.length - 1; i >= 0; i--) {
    best = Math.max(best, precision[i]!);
    if (sorted[i]!.right) area += best;
  }
  return area / truths;
}

/** The share of true objects found when the threshold lets at most so many wrong detections through. */
export function recallAtFalsePositives(
  detections: readonly JudgedDetection[],
  truths: number,
  falsePositives: number,
): number {
  let right = 0;
  let wrong = 0;
  for (const detection of bestFirst(detections)) {
    if (detection.right) right += 1;
    else wrong += 1;
    if (wrong > falsePositives) break;
  }
  return right / truths;
}

/** Of equal scores the wrong ones come first: a tie flatters nobody. */
function bestFirst(detections: readonly JudgedDetection[]): JudgedDetection[] {
  return [...detections].sort((a, b) => b.score - a.score || Number(a.right) - Number(b.right));
}
