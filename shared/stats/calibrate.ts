import { fitTemperature, meanLoss } from "./calibration.ts";

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
  const values = row.map((p, k) => Math.log(Math.max(p, least)) / temperature + (bias?.[k] ?? 0));
  const most = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
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
    const row = moved.subarray(i * classes, (i + 1) * classes);
    const most = Math.max(...row);
    const powers = Array.from(row, (value) => Math.exp(value - most));
    const sum = powers.reduce((a, b) => a + b, 0);
    powers.forEach((power, k) => {
      const error = (power / sum - (k === label ? 1 : 0)) / truth.length;
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
