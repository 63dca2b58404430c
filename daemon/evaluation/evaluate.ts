import { stat } from "node:fs/promises";
import { expressionLabels, eyeStateLabels, speechLabels } from "../../shared/emotion/labels.ts";
import { AppError } from "../../shared/errors.ts";
import { avatarSchema, type AvatarSettings } from "../../shared/protocol/avatarSettings.ts";
import type { Task } from "../../shared/protocol/models.ts";
import { evaluateAvatar } from "./avatar.ts";
import type { Model, Models } from "../inference/models.ts";
import { evaluateBoxes } from "./boxes.ts";
import { evaluateClasses, type ClassReader } from "./classes.ts";
import type { EvaluationContext, UnreadableFile } from "./dataset.ts";
import { evaluateGaze } from "./gaze.ts";
import { evaluateLandmarks } from "./landmarks.ts";
import {
  createExpressionFileReader,
  createEyeStateFileReader,
  createGazeFileReader,
  type Faces,
} from "./pictureReaders.ts";
import { createSpeechFileReader, maxSeconds } from "./speech.ts";

export interface EvaluateOptions extends EvaluationContext {
  readonly models: Models;
  readonly faces: Faces;
  /** Of `avatar`; others do not look at it. */
  readonly avatar?: AvatarSettings;
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

/** A network that names classes: the labels that a set may have, and how a file is read. */
const classes =
  (
    known: readonly string[],
    open: (model: Model, options: EvaluateOptions) => ClassReader | Promise<ClassReader>,
  ): Evaluator =>
  async (folder, model, options) => {
    const read = await open(model, options);
    return evaluateClasses(folder, { known, labels: model.entry.labels, read }, options);
  };

/** How each task is measured: its labels, its preprocessing and reader, its figures. */
const evaluators: Readonly<Partial<Record<Task, Evaluator>>> = Object.freeze({
  expression: classes(expressionLabels, createExpressionFileReader),
  "eye-state": classes(eyeStateLabels, createEyeStateFileReader),
  async speech(folder, model, options) {
    let longer = 0;
    const open = () => createSpeechFileReader(model, options, () => longer++);
    const result = await classes([...speechLabels, "contempt"], open)(folder, model, options);
    if (longer === 0) return result;
    const note = `Of ${longer} recordings longer than ${maxSeconds} s only the beginning was heard.`;
    return { ...result, notes: [...result.notes, note] };
  },
  gaze: async (folder: string, model: Model, options: EvaluateOptions) =>
    evaluateGaze(folder, await createGazeFileReader(model, options), options),
  landmarks: (folder: string, model: Model, options: EvaluateOptions) =>
    evaluateLandmarks(folder, options.models, model.entry.id, options),
  face: evaluateBoxes,
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
