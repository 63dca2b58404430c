import { counted } from "../../shared/text/counted.ts";
import { AppError } from "../../shared/errors.ts";
import type { DeviceChoice } from "../../shared/protocol/results.ts";
import { isOfSounds, type Training, type TrainingEvent } from "../../shared/protocol/training.ts";
import type { ModelFolders } from "../inference/manifest.ts";
import { openModels } from "../inference/models.ts";
import type { LabelledFile } from "../evaluation/classSet.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import { denoisePicture } from "../vision/nonLocalMeans.ts";
import { changeSound, soundCopies } from "./changeSound.ts";
import { openGround, type Ground } from "./ground.ts";
import { joinedGroups, nearDuplicates } from "./nearDuplicates.ts";
import { readSamples, type Sample, type SampleContext } from "./samples.ts";
import type { Parts } from "./split.ts";
import { divide, readTrainingSet, type LabelledSet } from "./trainingSet.ts";

/** What reading a set needs. */
export interface SetContext {
  readonly folders: ModelFolders;
  /** Where a network below a head runs. */
  readonly device: DeviceChoice;
  readonly ffmpeg: Ffmpeg;
  /** Of the training file: the set is relative to it. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: TrainingEvent) => void;
}

/** A set as it will be learned from. */
export interface ReadSet {
  readonly set: LabelledSet;
  readonly samples: readonly Sample[];
  readonly parts: Parts;
  readonly groups: readonly string[];
  readonly notes: readonly string[];
  readonly unreadable: readonly { path: string; reason: string }[];
}

/** Reads the set of one way of the grid after another, anew only where something of it changed. */
export class SetReader implements AsyncDisposable {
  readonly #context: SetContext;
  #opened: { readonly key: string; readonly ground: Ground; readonly read: ReadSet } | undefined;

  constructor(context: SetContext) {
    this.#context = context;
  }

  async read(training: Training): Promise<{ ground: Ground; read: ReadSet }> {
    const key = JSON.stringify([
      training.task,
      training.data,
      training.denoise,
      training.network.of,
      training.network.backbone,
      training.network.input,
      isOfSounds(training.task) ? training.augment : undefined,
    ]);
    if (this.#opened?.key === key) return this.#opened;
    await this[Symbol.asyncDispose]();
    const { folder, folders, device, signal } = this.#context;
    const set = await readTrainingSet(training, folder, signal);
    const ground = await openGround(folders, training, device);
    try {
      const read = await readSet(training, set, ground, this.#context);
      this.#opened = { key, ground, read };
      return this.#opened;
    } catch (error) {
      await ground[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened?.ground[Symbol.asyncDispose]();
    this.#opened = undefined;
  }
}

/** Samples and parts of a set. */
async function readSet(
  training: Training,
  set: LabelledSet,
  ground: Ground,
  context: SetContext,
): Promise<ReadSet> {
  const { signal, onEvent, ffmpeg } = context;
  await using models = await openModels({ ...context.folders, device: context.device });
  const { denoise } = training;
  const read = (
    files: readonly LabelledFile[],
    change: Pick<SampleContext, "prepare" | "prepareSound"> = {},
  ) =>
    readSamples(training, files, ground.entry, ground.see, {
      ...{ models, ffmpeg, signal, ...change },
      onProgress: (done, total) => onEvent({ type: "reading", done, total }),
    });
  const { samples, faceless, unreadable } = await read(set.files);
  const notes: string[] = [];
  if (unreadable.length > 0)
    notes.push(`${counted(unreadable.length, "file")} could not be read and were left out.`);
  if (faceless.length > 0)
    notes.push(`No face was found in ${counted(faceless.length, "picture")}, which were left out.`);
  for (const label of set.labels)
    if (!samples.some(({ file }) => file.label === label))
      throw new AppError(
        "not_enough_data",
        `No file of the label ${label} could be used${unreadable[0] ? `; the first fault: ${unreadable[0].reason}` : ""}. Check them.`,
      );
  const truth = samples.map(({ file }) => set.labels.indexOf(file.label));
  const signatures = samples.map(({ signature }) => signature);
  const pairs = signatures.every((one) => one !== undefined) ? nearDuplicates(signatures) : [];
  const groups = set.hasSubjects
    ? samples.map(({ file }) => file.subject!)
    : joinedGroups(samples.length, pairs);
  const divided = divide(groups, truth, set.labels, training.data);
  notes.push(...divided.notes, ...duplicateNotes(pairs, divided.parts, set.hasSubjects));
  if (!set.hasSubjects)
    notes.push(
      "The set names no persons (column subject): one may be in several parts, which flatters the figures.",
    );
  const used =
    denoise === undefined || denoise.template === 0
      ? samples
      : await denoised(samples, denoise.on === "train" ? divided.parts.train : undefined, (files) =>
          read(files, { prepare: (picture) => denoisePicture(picture, denoise) }),
        );
  const { augment } = training;
  const whole = { set, samples: used, groups, notes, parts: divided.parts };
  const changed =
    ground.kind === "sounds" && augment !== undefined && (augment.noise || augment.pitch || augment.speed);
  return {
    ...(changed
      ? await withCopies(whole, (files, copy) =>
          read(files, { prepareSound: (sound, { path: name }) => changeSound(sound, augment, name, copy) }),
        )
      : whole),
    unreadable: unreadable.map(({ path: name, reason }) => ({ path: name, reason })),
  };
}

/**
 * The samples, those of a part (or all) read once more from pictures without noise. A face that is not found any more stays
 * as it was.
 */
async function denoised(
  samples: readonly Sample[],
  part: Int32Array | undefined,
  read: (files: readonly LabelledFile[]) => ReturnType<typeof readSamples>,
): Promise<Sample[]> {
  const wanted = part === undefined ? samples : Array.from(part, (i) => samples[i]!);
  const again = new Map((await read(wanted.map(({ file }) => file))).samples.map((one) => [one.file, one]));
  return samples.map((sample) => again.get(sample.file) ?? sample);
}

/** With changed copies of what is learned from: they belong to nobody else, and are neither validated nor tested on. */
async function withCopies(
  whole: Omit<ReadSet, "unreadable">,
  read: (files: readonly LabelledFile[], copy: number) => ReturnType<typeof readSamples>,
): Promise<Omit<ReadSet, "unreadable">> {
  const { samples, groups, parts, notes } = whole;
  const all = [...samples];
  const groupOf = new Map(samples.map(({ file }, i) => [file, groups[i]!]));
  const files = Array.from(parts.train, (i) => samples[i]!.file);
  for (let copy = 0; copy < soundCopies; copy++) all.push(...(await read(files, copy)).samples);
  const copies = Int32Array.from({ length: all.length - samples.length }, (_, k) => samples.length + k);
  return {
    ...whole,
    samples: all,
    groups: all.map(({ file }) => groupOf.get(file)!),
    parts: { ...parts, train: Int32Array.from([...parts.train, ...copies]) },
    notes: [
      ...notes,
      `It learns from each sound as it is and from ${soundCopies} changed copies, counted with them.`,
    ],
  };
}

function duplicateNotes(
  pairs: readonly (readonly [number, number])[],
  parts: Parts,
  hasSubjects: boolean,
): string[] {
  if (pairs.length === 0) return [];
  if (!hasSubjects)
    return [`${counted(pairs.length, "pair")} of near-duplicates were kept in one part each.`];
  const partOf = new Map(
    Object.entries(parts).flatMap(([name, part]) => Array.from(part, (i) => [i, name] as const)),
  );
  const across = pairs.filter(([a, b]) => partOf.get(a) !== partOf.get(b)).length;
  return across === 0
    ? []
    : [
        `${counted(across, "pair")} of near-duplicates lie in different parts, under different persons: check the column of subjects.`,
      ];
}

/** Samples and persons of each part. */
export function countsOf({ parts, groups, set }: ReadSet) {
  const sizes = (of: (part: Int32Array) => number) => ({
    ...{ train: of(parts.train), validation: of(parts.validation), test: of(parts.test) },
  });
  return {
    samples: sizes((part) => part.length),
    ...(set.hasSubjects && { subjects: sizes((part) => new Set(Array.from(part, (i) => groups[i])).size) }),
  };
}
