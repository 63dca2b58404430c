/** Temperatures that are looked among: beyond these a network is not calibrated but broken. */
const [coldest, hottest] = [0.05, 20] as const;

/**
 * The temperature by which logits are divided so that the truth is least surprising (Guo et al. 2017): the least mean
 * negative log-likelihood, which is convex in 1 / temperature.
 *
 * @param logits [n, classes], row by row
 * @throws RangeError without cases
 */
export function fitTemperature(logits: Float32Array, truth: readonly number[], classes: number): number {
  if (truth.length === 0) throw new RangeError("A temperature needs a case.");
  const golden = (Math.sqrt(5) - 1) / 2;
  const loss = (inverse: number) => meanLoss(logits, truth, classes, 1 / inverse);
  let [low, high] = [1 / hottest, 1 / coldest];
  for (let i = 0; i < 60; i++) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)];
    if (loss(a) < loss(b)) high = b;
    else low = a;
  }
  return 2 / (low + high);
}

/** Mean negative log-likelihood of the truth at a temperature. */
export function meanLoss(
  logits: Float32Array,
  truth: readonly number[],
  classes: number,
  temperature = 1,
): number {
  let sum = 0;
  truth.forEach((label, i) => {
    sum -= Math.log(Math.max(softmaxRow(logits, i, classes, temperature)[label]!, 1e-30));
  });
  return sum / truth.length;
}

/** Probabilities of row `i` of logits. */
export function softmaxRow(logits: Float32Array, i: number, classes: number, temperature = 1): number[] {
  const row = Array.from(logits.subarray(i * classes, (i + 1) * classes), (value) => value / temperature);
  const max = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - max));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

/** Cases whose confidence lies in one bin. */
export interface CalibrationBin {
  readonly n: number;
  /** Means; 0 in an empty bin. */
  readonly confidence: number;
  readonly accuracy: number;
}

/** A reliability diagram: bins of equal width from 0 to 1, of the confidence of what was said. */
export function reliabilityDiagram(
  confidence: readonly number[],
  correct: readonly boolean[],
  bins = 10,
): CalibrationBin[] {
  const sums = Array.from({ length: bins }, () => ({ n: 0, confidence: 0, right: 0 }));
  confidence.forEach((p, i) => {
    const bin = sums[Math.min(Math.floor(p * bins), bins - 1)]!;
    bin.n++;
    bin.confidence += p;
    bin.right += correct[i] ? 1 : 0;
  });
  return sums.map(({ n, confidence: sum, right }) => ({
    n,
    confidence: n === 0 ? 0 : sum / n,
    accuracy: n === 0 ? 0 : right / n,
  }));
}
