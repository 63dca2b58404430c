import path from "node:path";
import {
  importableTask,
  type BackendName,
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
import { removeFolder, writeFileAtomic } from "../store/files.ts";
import { version } from "../version.ts";
import type { BackendPlace, Learned, Lesson, Started } from "./backend.ts";
import { Backends } from "./backends.ts";
import { networkCard } from "./card.ts";
import { withThumbnails } from "./thumbnails.ts";
import { figuresOf, type JudgedPart } from "./figures.ts";
import type { Ground } from "./ground.ts";
import { learnSeed } from "./learnSeed.ts";
import { madeUpInput, publishNetwork } from "./publish.ts";
import type { Sample } from "./samples.ts";
import { taskBelow } from "./headNetwork.ts";
import { countsOf, SetReader, type ReadSet, type SetContext } from "./setReader.ts";
import type { PlannedTraining } from "./trainingFile.ts";

export interface TrainContext extends SetContext, BackendPlace {
  /** Networks of the product and of the user. */
  readonly folders: UserFolders;
  /** Id of the network to make; where it is taken, a number is added. */
  readonly id: string;
  /** Gets training.json, and a folder for each network. */
  readonly outDir: string;
  /** What an interrupted run left lies here; removed at the end of one that was not. */
  readonly kept: string;
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
  const backends = new Backends(context);
  let told: Told | undefined;
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
    const one = { run, training, settings, read, ground, ways: plan.length };
    const trained = await trainRun(one, backends, context, {
      onBackend(backend) {
        const { name, device, reason } = backend;
        if (told?.reason !== reason) onEvent({ type: "backend", backend: name, device, reason });
        told = backend;
      },
      onEpoch(epoch) {
        epochs.push(epoch);
        onEvent(epoch);
      },
      onNote(note) {
        if (!notes.has(note)) onEvent({ type: "note", note });
        notes.add(note);
      },
    });
    runs.push(trained);
    onEvent({ type: "run", ...trained });
  }
  const best = runs.reduce((a, b) => (validationF1(b) > validationF1(a) ? b : a));
  if (runs.length > 1)
    notes.add(`Of ${runs.length} ways the one with the best macro-F1 on the validation part is named.`);
  const folder = path.join(outDir, best.network);
  const { task, title } = plan[0]!.training;
  const result: TrainingResult = {
    ...{ schemaVersion: 1, title, task },
    training: {
      ...plan[0]!.training,
      ...(plan.length > 1 && { ways: plan.map(({ settings }) => settings) }),
    },
    dataSha256: read!.set.sha256,
    backend: { backend: told!.name, device: told!.device, reason: told!.reason },
    versions: versionsOf(told!),
    ...countsOf(read!),
    labels: [...read!.set.labels],
    epochs,
    runs,
    network: best.network,
    notes: [...notes],
    unreadable: [...read!.unreadable],
  };
  await writeFileAtomic(path.join(outDir, "training.json"), `${JSON.stringify(result, undefined, 1)}\n`);
  // Comes last: a run that fails leaves no network in the list.
  const imported = context.importIt && importableTask(task) !== undefined;
  if (imported) await importModels(context.folders, folder, { signal });
  await removeFolder(context.kept);
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

/** What learns, and where. */
type Told = Started & { readonly name: BackendName };

interface RunListener {
  readonly onBackend: (backend: Told) => void;
  readonly onEpoch: (epoch: TrainingEpoch) => void;
  readonly onNote: (note: string) => void;
}

/** One way of the grid: all its seeds, and the network of the best. */
async function trainRun(
  one: OneRun,
  backends: Backends,
  context: TrainContext,
  listener: RunListener,
): Promise<TrainedRun> {
  const { run, training, settings, read, ground } = one;
  const { labels, sha256: dataSha256 } = read.set;
  const { backend, reason } = await backends.choose(training);
  const { flip, rotateDeg, scale, pitch, speed } = training.augment ?? {};
  if (ground.kind === "sounds" && (flip || rotateDeg || scale))
    listener.onNote("augment.flip, rotateDeg and scale are for pictures: sounds are learned from without.");
  if (ground.kind === "pictures" && (pitch || speed))
    listener.onNote("augment.pitch and augment.speed are for sounds: pictures are learned from without.");
  const lesson = await lessonOf(one);
  const seeds: TrainedRun["seeds"] = [];
  const learnedBySeed = new Map<number, Learned>();
  let told: Told | undefined;
  for (const [k, seed] of training.train.seeds.entries()) {
    if (context.enough.aborted && seeds.length > 0) break;
    const { epochs } = training.train;
    let best: TrainingEpoch | undefined;
    let seconds = 0;
    const learned = await learnSeed(backend, { ...lesson, seed }, dataSha256, {
      ...{ kept: context.kept, signal: context.signal, enough: context.enough, onNote: listener.onNote },
      onStarted(started) {
        told = { ...started, name: backend.name, reason: `${reason} ${started.reason}` };
        listener.onBackend(told);
      },
      onEpoch(epoch) {
        seconds += epoch.seconds;
        const left = epochs - epoch.epoch + (training.train.seeds.length - k - 1) * epochs;
        const secondsLeft = (seconds / epoch.epoch) * left;
        const now: TrainingEpoch = { type: "epoch", run, seed, epochs, ...epoch, secondsLeft };
        if (epoch.best) best = now;
        listener.onEpoch(now);
      },
    });
    const { epoch, accuracy, macroF1, loss } = best!;
    seeds.push({ seed, epoch, accuracy, macroF1, loss });
    learnedBySeed.set(seed, learned);
  }
  const kept = seeds.reduce((a, b) => (b.loss < a.loss ? b : a));
  const best = learnedBySeed.get(kept.seed)!;
  const { temperature, figures: judged } = figuresOfRun(read, lesson.truth, best);
  const files = new Map(read.samples.map(({ file }) => [file.path, file.file]));
  const pictured = taskBelow(training.task) !== "speech";
  const figures = pictured
    ? { ...judged, worst: await withThumbnails(judged.worst, (name) => files.get(name)) }
    : judged;
  const network = await freeId(context, one);
  const card = networkCard({
    ...{ training, settings, figures, seeds, kept, notes: read.notes },
    ...(ground.below && { below: ground.below }),
    ...{ ...countsOf(read), dataSha256, versions: versionsOf(told!), backend: told!.reason },
  });
  const written = backend.write({ ...lesson, seed: kept.seed }, best, temperature);
  const entry = await publishNetwork(path.join(context.outDir, network), {
    ...{ id: network, title: training.title, labels, card, like: ground.entry, ...written },
    figures: { ...judged, seeds, dataSha256, backend: { backend: told!.name, device: told!.device } },
  });
  return { run, settings, seeds, figures, network, sha256: entry.sha256 };
}

/** All that is to be learned, but the seed. */
async function lessonOf({ training, read, ground }: OneRun): Promise<Omit<Lesson, "seed">> {
  const { labels } = read.set;
  const input = madeUpInput(ground.entry);
  const seen = (await ground.see({ [ground.entry.inputs[0]!.name]: input })).data;
  return {
    ...{ training, ground, labels, check: { input, seen }, groups: read.groups, parts: read.parts },
    inputs: joinedValues(read.samples, seen.length),
    shape: ground.shape(seen.length),
    truth: Int32Array.from(read.samples, ({ file }) => labels.indexOf(file.label)),
  };
}

function figuresOfRun(read: ReadSet, truth: Int32Array, learned: Learned) {
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
  const temperature = learned.file?.temperature ?? calibration(validation, set.labels.length);
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

function joinedValues(samples: readonly Sample[], size: number): Float32Array {
  const values = new Float32Array(samples.length * size);
  samples.forEach((sample, i) => values.set(sample.values, i * size));
  return values;
}

function plannedFacts(plan: readonly PlannedTraining[], read: ReadSet, folder: string) {
  const { title, train: settings } = plan[0]!.training;
  return {
    ...{ title, runs: plan.length, seeds: settings.seeds, labels: [...read.set.labels], folder },
    ...{ ...countsOf(read), notes: [...read.notes] },
  };
}

function versionsOf({ versions }: Started): Record<string, string> {
  return { edin: version, onnxruntime: runtimeVersion, node: process.versions.node, ...versions };
}
