import type * as Core from "@tensorflow/tfjs-core";
import type * as Layers from "@tensorflow/tfjs-layers";
import { classificationScores } from "../../../shared/stats/classification.ts";
import { seededRandom } from "../../../shared/stats/random.ts";
import type { Learned } from "../backend.ts";
import type { Weights } from "../layers.ts";
import type { LearnedEpoch, LearnRequest } from "../learn.ts";
import { changePicture } from "./augment.ts";
import { buildNetwork, type LearningNetwork } from "./network.ts";
import { Optimizer, type OptimizerState } from "./optimizer.ts";

interface Libraries {
  readonly tf: typeof Core;
  readonly tfl: typeof Layers;
}

/** Samples that are judged at a time. */
const judgedAtOnce = 256;

/** Everything after an epoch that is needed to go on as if nothing had happened. */
export interface LearningState {
  /** All epochs so far. */
  readonly epochs: readonly LearnedEpoch[];
  /** Samples a step: with others the steps are others. */
  readonly batch: number;
  readonly weights: Weights;
  readonly optimizer: OptimizerState;
  readonly best: { readonly epoch: number; readonly loss: number; readonly learned: Learned };
}

export interface LearnOptions {
  /** Goes on from there. */
  readonly before: LearningState | undefined;
  readonly afterEpoch: (state: LearningState) => Promise<void>;
  /** Looked at after each epoch: true ends the training, and the best is kept. */
  readonly stopped: () => boolean;
}

/**
 * Trains one network from one seed: cross-entropy with class weights, the rate along a cosine, the best epoch by the loss on
 * the validation part. Each epoch draws from a seed of its own, so that a training that was interrupted repeats one that was not.
 */
export async function learn(
  libraries: Libraries,
  request: LearnRequest,
  { before, afterEpoch, stopped }: LearnOptions,
): Promise<Learned> {
  const { settings, parts } = request;
  const network = buildNetwork(libraries, request.layers, request.shape, request.seed);
  const optimizer = new Optimizer(libraries.tf, settings);
  const order = Int32Array.from(parts.train);
  const stepsAnEpoch = Math.ceil(order.length / settings.batch);
  const stepsInAll = settings.epochs * stepsAnEpoch;
  if (before !== undefined) {
    network.setWeights(before.weights);
    optimizer.setState(network.learned, before.optimizer);
  }
  let best = before?.best;
  let epochs = before?.epochs ?? [];
  const over = (epoch: number) => stopped() || epoch - (best?.epoch ?? epoch) >= settings.stopAfter;
  for (let epoch = epochs.length + 1; epoch <= settings.epochs; epoch++) {
    if (before !== undefined && over(epoch - 1)) break;
    const startedAt = performance.now();
    const random = seededRandom(request.seed * 100_003 + epoch);
    // TensorFlow.js draws what has no seed of its own (dropout) from here.
    Math.random = seededRandom(request.seed * 100_003 + epoch + 0x10000);
    const learning: Learning = { tf: libraries.tf, network, optimizer, request, random };
    order.set(parts.train);
    shuffle(order, random);
    let step = (epoch - 1) * stepsAnEpoch;
    const seen = { loss: 0, weight: 0, right: 0 };
    let rate = 0;
    const steps: Promise<void>[] = [];
    for (let at = 0; at < order.length; at += settings.batch, step++) {
      rate = (settings.rate * (1 + Math.cos((Math.PI * step) / stepsInAll))) / 2;
      steps.push(takeStep(learning, order.subarray(at, at + settings.batch), rate, seen));
      // Lets a stop come in; a graphics card has a few steps ahead of it.
      if (step % 16 === 0) {
        await Promise.all(steps.splice(0));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    await Promise.all(steps);
    const logits = await answers(libraries.tf, network, request, parts.validation);
    const figures = judged(logits, parts.validation, request);
    if (!Number.isFinite(figures.loss)) throw new RangeError("not finite");
    const isBest = best === undefined || figures.loss < best.loss;
    if (isBest) {
      const test = await answers(libraries.tf, network, request, parts.test);
      const check = await logitsOf(libraries.tf, network, [1, ...request.shape], request.check);
      const learned = {
        logits: { validation: logits, test },
        layers: { weights: await network.weights(), check },
      };
      best = { epoch, loss: figures.loss, learned };
    }
    const told: LearnedEpoch = {
      ...{ epoch, ...figures, rate, best: isBest },
      trainLoss: seen.loss / seen.weight,
      trainAccuracy: seen.right / order.length,
      seconds: (performance.now() - startedAt) / 1000,
    };
    const now = { weights: await network.weights(), optimizer: await optimizer.state(network.learned) };
    epochs = [...epochs, told];
    await afterEpoch({ epochs, batch: settings.batch, best: best!, ...now });
    if (over(epoch)) break;
  }
  return best!.learned;
}

interface Learning {
  readonly tf: typeof Core;
  readonly network: LearningNetwork;
  readonly optimizer: Optimizer;
  readonly request: LearnRequest;
  readonly random: () => number;
}

/** What it has seen is counted once it can be read. */
async function takeStep(
  { tf, network, optimizer, request, random }: Learning,
  batch: Int32Array,
  rate: number,
  seen: { loss: number; weight: number; right: number },
): Promise<void> {
  const { classes, truth, classWeights } = request;
  const labels = Int32Array.from(batch, (i) => truth[i]!);
  const weights = Float32Array.from(labels, (label) => classWeights[label]!);
  const total = weights.reduce((a, b) => a + b, 0);
  const [loss, said] = tf.tidy(() => {
    const input = batchOf(tf, request, batch, random);
    const wanted = tf.oneHot(tf.tensor1d(labels, "int32"), classes);
    let answered: Core.Tensor | undefined;
    const { value, grads } = tf.variableGrads(() => {
      const logits = network.apply(input, true);
      answered = tf.keep(tf.argMax(logits, 1));
      const losses = tf.neg(tf.sum(tf.mul(wanted, tf.logSoftmax(logits)), 1));
      return tf.div<Core.Scalar>(tf.sum(tf.mul(losses, tf.tensor1d(weights))), total);
    }, network.learned);
    optimizer.step(network.learned, grads, rate);
    return [value, answered!];
  });
  const [[lossValue], classesSaid] = await Promise.all([taken(loss), taken(said)]);
  seen.loss += lossValue! * total;
  seen.weight += total;
  labels.forEach((label, i) => (seen.right += classesSaid[i] === label ? 1 : 0));
}

/** @param random changes pictures where the request says so; without it they stay as they are */
function batchOf(
  tf: typeof Core,
  { inputs, shape, augment }: LearnRequest,
  batch: Int32Array,
  random?: () => number,
): Core.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(batch.length * size);
  batch.forEach((sample, i) => {
    const from = inputs.subarray(sample * size, (sample + 1) * size);
    const to = values.subarray(i * size, (i + 1) * size);
    if (augment !== undefined && random !== undefined && shape.length === 3)
      changePicture(from, to, shape as [number, number, number], augment, random);
    else to.set(from);
  });
  return tf.tensor(values, [batch.length, ...shape]);
}

/** The numbers of a tensor, which is gone then. A graphics card is read from asynchronously alone. */
async function taken(tensor: Core.Tensor): Promise<Float32Array> {
  const values = await tensor.data();
  tensor.dispose();
  return Float32Array.from(values);
}

function logitsOf(
  tf: typeof Core,
  network: LearningNetwork,
  shape: readonly number[],
  values: Float32Array,
): Promise<Float32Array> {
  return taken(tf.tidy(() => network.apply(tf.tensor(values, [...shape]), false)));
}

/** Logits of these samples. */
async function answers(
  tf: typeof Core,
  network: LearningNetwork,
  request: LearnRequest,
  samples: Int32Array,
): Promise<Float32Array> {
  const out = new Float32Array(samples.length * request.classes);
  for (let at = 0; at < samples.length; at += judgedAtOnce) {
    const batch = samples.subarray(at, at + judgedAtOnce);
    out.set(
      await taken(tf.tidy(() => network.apply(batchOf(tf, request, batch), false))),
      at * request.classes,
    );
  }
  return out;
}

function judged(logits: Float32Array, samples: Int32Array, { classes, truth, classWeights }: LearnRequest) {
  const labels = Array.from(samples, (i) => truth[i]!);
  let [loss, weight] = [0, 0];
  const said = labels.map((label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const max = Math.max(...row);
    const sum = row.reduce((total, value) => total + Math.exp(value - max), 0);
    loss += classWeights[label]! * (max + Math.log(sum) - row[label]!);
    weight += classWeights[label]!;
    return row.indexOf(max);
  });
  const { accuracy, macroF1 } = classificationScores(labels, said, classes);
  return { loss: loss / weight, accuracy, macroF1 };
}

function shuffle(values: Int32Array, random: () => number): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
}
