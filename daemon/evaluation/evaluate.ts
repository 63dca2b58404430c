import { stat } from "node:fs/promises";
import { expressionLabels, eyeStateLabels, speechLabels } from "../../shared/emotion/labels.ts";
import { AppError } from "../../shared/errors.ts";
import { avatarSchema, type AvatarSettings } from "../../shared/protocol/avatarSettings.ts";
import type { Task } from "../../shared/protocol/models.ts";
import { evaluateAvatar } from "./avatar.ts";
import type { Model, Models } from "../inference/models.ts";
import { evaluateBoxes } from "./boxes.ts";
import { figuresOfCases, readClassCases, type ClassCases, type ClassReader } from "./classes.ts";
import { compareCases } from "./compare.ts";
import type { EvaluationContext, UnreadableFile } from "./dataset.ts";
import { evaluateGaze } from "./gaze.ts";
import { figuresByGroup, readGroups } from "./groups.ts";
import { evaluateLandmarks } from "./landmarks.ts";
import {
  createExpressionFileReader,
  createEyeStateFileReader,
  createGazeFileReader,
  type Faces,
} from "./pictureReaders.ts";
import { evaluateSpeakers } from "./speakers.ts";
import { createSpeechFileReader, maxSeconds } from "./speech.ts";
import { counted } from "../../shared/text/counted.ts";

export interface EvaluateOptions extends EvaluationContext {
  readonly models: Models;
  readonly faces: Faces;
  /** Of `avatar`; others do not look at it. */
  readonly avatar?: AvatarSettings;
  /** Of networks that name labels: a table of groups of people. */
  readonly groups?: string | undefined;
  /** Of networks that name labels: another of the same task, which is held against this one. */
  readonly against?: string | undefined;
}

/** What every measurement says; the figures of its task stand beside these. */
export interface Measured {
  /** Files that were read. */
  readonly n: number;
  /** Faces (for `face`: boxes) that were not found; each counts as an error. */
  readonly missed: number;
  /** What a reader of the figures should know, in sentences. */
  readonly notes: readonly string[];
  readonly unreadable: readonly UnreadableFile[];
}

type Evaluator = (folder: string, model: Model, options: EvaluateOptions) => Promise<Measured>;

/** A task whose networks name classes: the labels that a set may have, and how a file is read. */
interface ClassReading {
  readonly known: readonly string[];
  /** @param onLonger is called for each recording of which not all was heard */
  readonly open: (
    model: Model,
    options: EvaluateOptions,
    onLonger: () => void,
  ) => ClassReader | Promise<ClassReader>;
}

const classTasks: Readonly<Partial<Record<Task, ClassReading>>> = Object.freeze({
  expression: { known: expressionLabels, open: createExpressionFileReader },
  "eye-state": { known: eyeStateLabels, open: createEyeStateFileReader },
  speech: { known: [...speechLabels, "contempt"], open: createSpeechFileReader },
});

/**
 * What a network that names labels says of each file of a set.
 * @throws AppError `invalid_request` for another network, those of the set
 */
export async function readCases(folder: string, model: Model, options: EvaluateOptions): Promise<ClassCases> {
  const { id, task, labels } = model.entry;
  const reading = classTasks[task];
  if (reading === undefined)
    throw new AppError("invalid_request", `${id} names no labels. Choose a network that does.`);
  let longer = 0;
  const read = await reading.open(model, options, () => longer++);
  const cases = await readClassCases(folder, { known: reading.known, labels, read }, options);
  if (longer === 0) return cases;
  const note = `Of ${counted(longer, "recording")} longer than ${maxSeconds} s only the beginning was heard.`;
  return { ...cases, notes: [...cases.notes, note] };
}

const classes: Evaluator = async (folder, model, options) => {
  const { groups, against } = options;
  const table = groups === undefined ? undefined : await readGroups(groups);
  const other = against === undefined ? undefined : await options.models.load(against);
  if (other !== undefined && other.entry.task !== model.entry.task)
    throw new AppError(
      "invalid_request",
      `${other.entry.id} is a network for ${other.entry.task}, not for ${model.entry.task}.`,
    );
  const cases = await readCases(folder, model, options);
  const comparison = other && {
    ...{ against: other.entry.id, sha256: other.entry.sha256 },
    ...compareCases(cases, await readCases(folder, other, options)),
  };
  return {
    ...figuresOfCases(cases),
    ...(comparison && { comparison }),
    ...(table && { groups: figuresByGroup(cases, table) }),
  };
};

/** How each task is measured: its labels, its preprocessing and reader, its figures. */
const evaluators: Readonly<Partial<Record<Task, Evaluator>>> = Object.freeze({
  expression: classes,
  "eye-state": classes,
  speech: classes,
  gaze: async (folder: string, model: Model, options: EvaluateOptions) =>
    evaluateGaze(folder, await createGazeFileReader(model, options), options),
  landmarks: (folder: string, model: Model, options: EvaluateOptions) =>
    evaluateLandmarks(folder, options.models, model.entry.id, options),
  face: evaluateBoxes,
  speaker: async (folder: string, model: Model, options: EvaluateOptions) =>
    evaluateSpeakers(folder, model, await options.models.load("voice"), options),
});

/** Tasks whose pictures may be the face or eye itself. */
const croppable: readonly Task[] = ["expression", "eye-state", "gaze"];

/**
 * Runs one network on a labelled set; the README gives the formats.
 *
 * @param modelId Id of a network, or a task for its default.
 * @throws AppError `model_unknown`, `not_found`, `invalid_request` for a task that has no sets, and those of the set.
 */
export async function evaluate(modelId: string, folder: string, options: EvaluateOptions) {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new AppError("not_found", `${folder} is not a folder. Name the folder that holds the set.`);
  if (modelId === "avatar") return evaluateOnAvatar(folder, options);
  const model = await options.models.load(modelId);
  const { id, sha256, task } = model.entry;
  const evaluator = evaluators[task];
  const { groups, against } = options;
  if ((groups !== undefined || against !== undefined) && classTasks[task] === undefined)
    throw new AppError(
      "invalid_request",
      `Groups and comparisons are for networks that name labels; ${id} is for ${task}.`,
    );
  if (evaluator === undefined)
    throw new AppError(
      "invalid_request",
      `There are no labelled sets for ${task}: the figures of ${id} are in its card (edin models show ${id}).`,
    );
  const { n, missed, unreadable, notes, ...figures } = await evaluator(folder, model, options);
  return {
    model: id,
    sha256,
    task,
    provider: model.provider,
    ...(model.entry.calibration && { calibration: model.entry.calibration }),
    ...(croppable.includes(task) ? { faces: options.faces } : {}),
    n,
    missed,
    ...figures,
    notes,
    unreadable: { count: unreadable.length, files: unreadable },
  };
}

/** The avatar pipeline instead of one network. */
async function evaluateOnAvatar(folder: string, options: EvaluateOptions) {
  const settings = avatarSchema.parse(options.avatar ?? {});
  const { n, missed, unreadable, notes, ...figures } = await evaluateAvatar(folder, settings, options);
  const judge = await options.models.load("avatar-emotion");
  return {
    ...{
      model: "avatar",
      sha256: judge.entry.sha256,
      task: "avatar",
      provider: judge.provider,
      faces: options.faces,
    },
    ...{ n, missed, ...figures, notes, unreadable: { count: unreadable.length, files: unreadable } },
  };
}
