import { ReliabilityDiagram, type ReliabilityBin } from "./classification.ts";

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
  return softmax(Array.from(logits.subarray(i * classes, (i + 1) * classes), (value) => value / temperature));
}

function softmax(values: readonly number[]): number[] {
  const max = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - max));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

/** A reliability diagram: bins of equal width from 0 to 1, of the confidence of what was said. */
export function reliabilityDiagram(
  confidence: readonly number[],
  correct: readonly boolean[],
  bins = 10,
): ReliabilityBin[] {
  const diagram = new ReliabilityDiagram(bins);
  confidence.forEach((p, i) => diagram.add(p, correct[i]!));
  return diagram.bins;
}

/** What makes probabilities of a network fit a set: softmax(log p / temperature + bias). */
export interface FittedCalibration {
  readonly temperature: number;
  /** Of each class, summing to 0; none where only a temperature was fitted. */
  readonly bias?: readonly number[];
}

/** A probability is at least this: the logarithm of nothing has no end. */
const least = 1e-7;
/** Strength of the pull of biases towards 0, in cases: a class that hardly occurs must not run away. */
const pull = 1;
const steps = 100;

/** Logits of probabilities, [n, classes]. */
export function logitsOf(rows: readonly (readonly number[])[], classes: number): Float32Array {
  const out = new Float32Array(rows.length * classes);
  rows.forEach((row, i) => row.forEach((p, k) => (out[i * classes + k] = Math.log(Math.max(p, least)))));
  return out;
}

/**
 * Fits a temperature (Guo et al. 2017), and with `withBias` a bias for each class (vector scaling with one slope, which is
 * convex), by maximum likelihood.
 * @param rows probabilities of each case
 * @throws RangeError without cases
 */
export function fitCalibration(
  rows: readonly (readonly number[])[],
  truth: readonly number[],
  { withBias = false }: { readonly withBias?: boolean } = {},
): FittedCalibration {
  const classes = rows[0]?.length ?? 0;
  const logits = logitsOf(rows, classes);
  const temperature = fitTemperature(logits, truth, classes);
  if (!withBias) return { temperature };
  // Gradient descent with halving: slope and biases are few, and the loss is convex in them.
  let at = { slope: 1 / temperature, bias: new Array<number>(classes).fill(0) };
  let loss = lossOf(logits, truth, classes, at);
  let rate = 1;
  for (let step = 0; step < steps && rate > 1e-6; step++) {
    const { slope, bias } = gradientOf(logits, truth, classes, at);
    const next = {
      slope: Math.max(0.05, at.slope - rate * slope),
      bias: centred(at.bias.map((b, k) => b - rate * classes * bias[k]!)),
    };
    const there = lossOf(logits, truth, classes, next);
    if (there < loss) {
      [at, loss, rate] = [next, there, rate * 1.5];
    } else rate /= 2;
  }
  return { temperature: 1 / at.slope, bias: at.bias };
}

/** Probabilities after calibration. */
export function calibrated(row: readonly number[], { temperature, bias }: FittedCalibration): number[] {
  return softmax(row.map((p, k) => Math.log(Math.max(p, least)) / temperature + (bias?.[k] ?? 0)));
}

interface Point {
  readonly slope: number;
  readonly bias: readonly number[];
}

function shifted(logits: Float32Array, classes: number, { slope, bias }: Point): Float32Array {
  return logits.map((value, i) => value * slope + bias[i % classes]!);
}

function lossOf(logits: Float32Array, truth: readonly number[], classes: number, at: Point): number {
  const prior = (pull * at.bias.reduce((sum, b) => sum + b * b, 0)) / (2 * truth.length);
  return meanLoss(shifted(logits, classes, at), truth, classes) + prior;
}

function gradientOf(logits: Float32Array, truth: readonly number[], classes: number, at: Point): Point {
  const moved = shifted(logits, classes, at);
  let slope = 0;
  const bias = at.bias.map((b) => (pull * b) / truth.length);
  truth.forEach((label, i) => {
    softmaxRow(moved, i, classes).forEach((p, k) => {
      const error = (p - (k === label ? 1 : 0)) / truth.length;
      bias[k]! += error;
      slope += error * logits[i * classes + k]!;
    });
  });
  return { slope, bias };
}

function centred(values: readonly number[]): number[] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.map((value) => value - mean);
}
