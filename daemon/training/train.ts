import path from "node:path";
import { isAppError } from "../../shared/errors.ts";
import {
  importableTask,
  type TrainedRun,
  type Training,
  type TrainingEpoch,
  type TrainingResult,
} from "../../shared/protocol/training.ts";
import { fitTemperature } from "../../shared/stats/calibration.ts";
import { readManifest } from "../inference/manifest.ts";
import { runtimeVersion } from "../inference/session.ts";
import { importModels } from "../networks/importModels.ts";
import type { UserFolders } from "../networks/userLibrary.ts";
import { writeFileAtomic } from "../store/files.ts";
import { version } from "../version.ts";
import { networkCard } from "./card.ts";
import { figuresOf, type JudgedPart } from "./figures.ts";
import type { Ground } from "./ground.ts";
import type { Layer } from "./layers.ts";
import type { Learned, LearnRequest } from "./learn.ts";
import { madeUpInput, publishNetwork } from "./publish.ts";
import type { Sample } from "./samples.ts";
import { countsOf, SetReader, type ReadSet, type SetContext } from "./setReader.ts";
import type { PlannedTraining } from "./trainingFile.ts";
import { learnInProcess, type FromTraining } from "./trainingProcess.ts";

export interface TrainContext extends SetContext {
  /** Networks of the product and of the user. */
  readonly folders: UserFolders;
  /** Id of the network to make; where it is taken, a number is added. */
  readonly id: string;
  /** Gets training.json, and a folder for each network. */
  readonly outDir: string;
  /** Where packages of the user's are looked for. */
  readonly packages: string;
  /** The network becomes one of the user's. */
  readonly importIt: boolean;
  /** Aborted: what runs ends with its epoch, nothing further begins, and the best is kept. */
  readonly enough: AbortSignal;
}

/**
 * Trains what a file asks for: each way of its grid, each seed. Of the seeds the one with the least loss on the validation
 * part is kept; of the ways, the one with the best macro-F1 there becomes the network that is named.
 *
 * @throws AppError of the set, of the network below, `training_failed`, `out_of_memory`, `disk_full`; the signal's reason
 */
export async function train(
  plan: readonly PlannedTraining[],
  context: TrainContext,
): Promise<TrainingResult> {
  const { outDir, signal, onEvent } = context;
  const epochs: TrainingEpoch[] = [];
  const runs: TrainedRun[] = [];
  let told: (FromTraining & { type: "backend" }) | undefined;
  await using reader = new SetReader(context);
  const notes = new Set<string>();
  let read: ReadSet | undefined;
  for (const [run, { training, settings }] of plan.entries()) {
    if (context.enough.aborted && runs.length > 0) break;
    const opened = await reader.read(training);
    const { ground } = opened;
    read = opened.read;
    for (const note of read.notes) notes.add(note);
    if (run === 0) onEvent({ type: "planned", ...plannedFacts(plan, read, outDir) });
    const trained = await trainRun({ run, training, settings, read, ground, ways: plan.length }, context, {
      onBackend(backend) {
        if (told === undefined)
          onEvent({ type: "backend", backend: "tfjs", device: backend.device, reason: backend.reason });
        told = backend;
      },
      onEpoch(epoch) {
        epochs.push(epoch);
        onEvent(epoch);
      },
      onNote: (note) => notes.add(note),
    });
    runs.push(trained);
    onEvent({ type: "run", ...trained });
  }
  const best = runs.reduce((a, b) => (validationF1(b) > validationF1(a) ? b : a));
  if (runs.length > 1)
    notes.add(`Of ${runs.length} ways the one with the best macro-F1 on the validation part is named.`);
  const folder = path.join(outDir, best.network);
  const { task, title } = plan[0]!.training;
  const imported = context.importIt && importableTask(task) !== undefined;
  if (imported) await importModels(context.folders, folder, { signal });
  const result: TrainingResult = {
    ...{ schemaVersion: 1, title, task },
    training: {
      ...plan[0]!.training,
      ...(plan.length > 1 && { ways: plan.map(({ settings }) => settings) }),
    },
    dataSha256: read!.set.sha256,
    backend: { backend: "tfjs", device: told!.device, reason: told!.reason },
    versions: versionsOf(told!.version),
    ...countsOf(read!),
    labels: [...read!.set.labels],
    epochs,
    runs,
    network: best.network,
    notes: [...notes],
    unreadable: [...read!.unreadable],
  };
  await writeFileAtomic(path.join(outDir, "training.json"), `${JSON.stringify(result, undefined, 1)}\n`);
  onEvent({
    ...{ type: "done", network: best.network, folder, imported },
    ...{ accuracy: best.figures.accuracy.value, macroF1: best.figures.macroF1.value, notes: [...notes] },
  });
  return result;
}

const validationF1 = ({ seeds }: TrainedRun): number => Math.max(...seeds.map(({ macroF1 }) => macroF1));

interface OneRun {
  readonly run: number;
  readonly training: Training;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly read: ReadSet;
  readonly ground: Ground;
  /** Of the grid. */
  readonly ways: number;
}

interface RunListener {
  readonly onBackend: (backend: FromTraining & { type: "backend" }) => void;
  readonly onEpoch: (epoch: TrainingEpoch) => void;
  readonly onNote: (note: string) => void;
}

/** One way of the grid: all its seeds, and the network of the best. */
async function trainRun(one: OneRun, context: TrainContext, listener: RunListener): Promise<TrainedRun> {
  const { run, training, settings, read, ground } = one;
  const { labels } = read.set;
  const truth = read.samples.map(({ file }) => labels.indexOf(file.label));
  const input = madeUpInput(ground.entry);
  const check = (await ground.see({ [ground.entry.inputs[0]!.name]: input })).data;
  const size = check.length;
  const shape = ground.shape(size);
  const layers = ground.layers(scaleOf(read, size, shape.at(-1)!), labels.length, training.network);
  const request: Omit<LearnRequest, "seed"> = {
    ...{ layers, shape, classes: labels.length, check, packages: context.packages },
    inputs: joinedValues(read.samples, size),
    ...(training.augment && { augment: training.augment }),
    truth: Int32Array.from(truth),
    parts: read.parts,
    classWeights: classWeightsOf(truth, read.parts.train, labels.length, training.data.balance),
    settings: training.train,
  };
  const seeds: TrainedRun["seeds"] = [];
  const learnedBySeed = new Map<number, Learned>();
  let backend: (FromTraining & { type: "backend" }) | undefined;
  for (const [k, seed] of training.train.seeds.entries()) {
    if (context.enough.aborted && seeds.length > 0) break;
    const startedAt = performance.now();
    let best: TrainingEpoch | undefined;
    const learned = await learnWithRoom({ ...request, seed }, context, listener.onNote, {
      onBackend(told) {
        backend = told;
        listener.onBackend(told);
      },
      onEpoch(epoch) {
        const elapsed = (performance.now() - startedAt) / 1000;
        const left = (training.train.epochs - epoch.epoch) / epoch.epoch;
        const later = (training.train.seeds.length - k - 1) / epoch.epoch;
        const told: TrainingEpoch = {
          ...{ type: "epoch", run, seed, epochs: training.train.epochs, ...epoch },
          secondsLeft: elapsed * (left + later * training.train.epochs),
        };
        if (epoch.best) best = told;
        listener.onEpoch(told);
      },
    });
    const { epoch, accuracy, macroF1, loss } = best!;
    seeds.push({ seed, epoch, accuracy, macroF1, loss });
    learnedBySeed.set(seed, learned);
  }
  const kept = seeds.reduce((a, b) => (b.loss < a.loss ? b : a));
  const best = learnedBySeed.get(kept.seed)!;
  const { temperature, figures } = figuresOfRun(read, truth, best);
  const network = await freeId(context, one);
  const card = networkCard({
    ...{
      training,
      settings,
      figures,
      seeds,
      kept,
      ...(ground.below && { below: ground.below }),
      notes: read.notes,
    },
    ...{ ...countsOf(read), dataSha256: read.set.sha256, versions: versionsOf(backend!.version) },
    backend: `TensorFlow.js, ${backend!.device}. ${backend!.reason}`,
  });
  const entry = await publishNetwork(path.join(context.outDir, network), {
    ...{ id: network, title: training.title, labels, card, like: ground.entry },
    onnx: ground.write(layers, best.weights, { classes: labels.length, temperature }),
    figures: { ...figures, seeds, dataSha256: read.set.sha256, backend: backend!.device },
    check: { input, logits: best.check, temperature },
  });
  return { run, settings, seeds, figures, network, sha256: entry.sha256 };
}

/** With half the batch, as often as it takes, where the memory does not suffice. */
async function learnWithRoom(
  request: LearnRequest,
  { signal, enough }: TrainContext,
  onNote: (note: string) => void,
  listener: Pick<Parameters<typeof learnInProcess>[1], "onBackend" | "onEpoch">,
): Promise<Learned> {
  const { batch } = request.settings;
  try {
    return await learnInProcess(request, { signal, enough, ...listener });
  } catch (error) {
    if (!isAppError(error, "out_of_memory") || batch < 8) throw error;
    const half = Math.floor(batch / 2);
    onNote(`There was not enough memory for batches of ${batch}: it went on with ${half}.`);
    const smaller = { ...request, settings: { ...request.settings, batch: half } };
    return learnWithRoom(smaller, { signal, enough } as TrainContext, onNote, listener);
  }
}

function figuresOfRun(read: ReadSet, truth: readonly number[], learned: Learned) {
  const { parts, groups, samples, set } = read;
  const judge = (part: "validation" | "test"): JudgedPart => {
    const members = Array.from(parts[part]);
    return {
      ...{ part, logits: learned.logits[part], subjects: set.hasSubjects },
      truth: members.map((i) => truth[i]!),
      paths: members.map((i) => samples[i]!.file.path),
      groups: members.map((i) => groups[i]!),
    };
  };
  const validation = judge("validation");
  const temperature = calibration(validation, set.labels.length);
  const figures =
    parts.test.length > 0
      ? figuresOf(judge("test"), set.labels, { temperature, fitted: "elsewhere" })
      : figuresOf(validation, set.labels, { temperature, fitted: "here" });
  return { temperature, figures };
}

/** Where no answer is wrong, the likeliest temperature is none at all: then the network stays as sure as it is. */
function calibration({ logits, truth }: JudgedPart, classes: number): number {
  const errors = truth.some((label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row)) !== label;
  });
  return errors ? fitTemperature(logits, truth, classes) : 1;
}

/** An id that no network has, neither EDIN's nor the user's. */
async function freeId({ id, folders }: TrainContext, { run, ways }: OneRun): Promise<string> {
  const taken = new Set((await readManifest(folders)).models.map((entry) => entry.id));
  const wanted = ways === 1 ? id : `${id}-${run + 1}`;
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}-v${n}`;
    if (!taken.has(name)) return name;
  }
}

/** Mean and deviation of each feature or channel over the part that is learned from. */
function scaleOf({ samples, parts }: ReadSet, size: number, channels: number): Layer & { kind: "scale" } {
  const mean = new Float64Array(channels);
  const square = new Float64Array(channels);
  const n = (parts.train.length * size) / channels;
  for (const i of parts.train)
    samples[i]!.values.forEach((value, k) => {
      mean[k % channels]! += value / n;
      square[k % channels]! += value ** 2 / n;
    });
  const deviation = Array.from(mean, (m, k) => Math.sqrt(Math.max(square[k]! - m * m, 0)));
  // A feature that never varies tells nothing; divided by next to nothing it would shout on other pictures.
  return { kind: "scale", mean: [...mean], deviation: deviation.map((d) => (d < 1e-4 ? 1 : d)) };
}

function joinedValues(samples: readonly Sample[], size: number): Float32Array {
  const values = new Float32Array(samples.length * size);
  samples.forEach((sample, i) => values.set(sample.values, i * size));
  return values;
}

function classWeightsOf(
  truth: readonly number[],
  train: Int32Array,
  classes: number,
  balance: boolean,
): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const i of train) counts[truth[i]!]!++;
  return counts.map((n) => (balance ? train.length / (classes * Math.max(n, 1)) : 1));
}

function plannedFacts(plan: readonly PlannedTraining[], read: ReadSet, folder: string) {
  const { title, train: settings } = plan[0]!.training;
  return {
    ...{ title, runs: plan.length, seeds: settings.seeds, labels: [...read.set.labels], folder },
    ...{ ...countsOf(read), notes: [...read.notes] },
  };
}

function versionsOf(tfjs: string): Record<string, string> {
  return { edin: version, tfjs, onnxruntime: runtimeVersion, node: process.versions.node };
}
