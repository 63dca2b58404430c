import type { Model, Models } from "../inference/models.ts";
import { readPicture, type StillPicture } from "../media/picture.ts";
import { resizeInto } from "../vision/crop.ts";
import { createExpressionReader } from "../vision/expression.ts";
import { createEyeStateReader, type EyeReader } from "../vision/eyes.ts";
import { bothEyes, createGazeReader } from "../vision/gaze.ts";
import { ImageBatch } from "../vision/imageBatch.ts";
import type { ClassReader } from "./classes.ts";
import type { EvaluationContext } from "./dataset.ts";
import { createFaceFinder, detectionSize, type FoundFace } from "../vision/faceFinder.ts";
import type { GazeAngles } from "./gaze.ts";

/** `crop`: the picture is the face, or the eye. `detect`: the face is found first. */
export type Faces = "crop" | "detect";

export interface PictureReaderOptions extends EvaluationContext {
  readonly models: Models;
  readonly faces: Faces;
  /** Changes each picture after it is read and before anything is looked for in it. */
  readonly prepare?: ((picture: StillPicture) => StillPicture) | undefined;
}

/** Reads the expression of a picture. */
export async function createExpressionFileReader(
  model: Model,
  options: PictureReaderOptions,
): Promise<ClassReader> {
  if (options.faces === "crop") return createWholeReader(model, options, (values) => named(model, values));
  const reader = createExpressionReader(model);
  return createFoundReader(
    options,
    async (picture, { square }) => (await reader.read([{ picture, square }]))[0]!,
  );
}

/** Reads whether the eye, or both eyes of the face, are open. */
export async function createEyeStateFileReader(
  model: Model,
  options: PictureReaderOptions,
): Promise<ClassReader> {
  if (options.faces === "crop") return createWholeReader(model, options, (values) => named(model, values));
  const reader = createEyeStateReader(model);
  return createFoundReader(options, async (picture, face) => {
    const { right, left } = await readEyes(reader, picture, face);
    const open = (right + left) / 2;
    return { open, closed: 1 - open };
  });
}

/** Reads where the eye, or both eyes of the face, look. */
export async function createGazeFileReader(model: Model, options: PictureReaderOptions) {
  if (options.faces === "crop")
    return createWholeReader(model, options, ([pitch, yaw]): GazeAngles => ({ pitch: pitch!, yaw: yaw! }));
  const reader = createGazeReader(model);
  return createFoundReader(options, async (picture, face): Promise<GazeAngles> => {
    const gaze = bothEyes(await readEyes(reader, picture, face), undefined)!;
    // The product counts the person's left as positive, the set the left of the picture.
    return { pitch: (gaze.pitchDeg * Math.PI) / 180, yaw: (-gaze.yawDeg * Math.PI) / 180 };
  });
}

/** The picture as a whole is the network's input. */
function createWholeReader<T>(
  model: Model,
  { prepare, ...context }: Pick<PictureReaderOptions, "prepare"> & EvaluationContext,
  take: (values: Float32Array) => T,
) {
  const batch = new ImageBatch(model);
  const { width, height } = batch;
  // The sampler takes up to four samples a side for each pixel: what is larger is scaled down first.
  const atMost = { width: 4 * width, height: 4 * height, fit: "outside" } as const;
  return async (file: string): Promise<T> => {
    const picture = await readPicture(file, { ...context, atMost });
    resizeInto(prepare?.(picture) ?? picture, width, height, batch.buffer(1));
    return take(batch.output(await batch.run(1)));
  };
}

/** A face is found in the picture first; undefined when there is none. */
async function createFoundReader<T>(
  { models, prepare, ...context }: PictureReaderOptions,
  answer: (picture: StillPicture, face: FoundFace) => Promise<T>,
) {
  const find = await createFaceFinder(models);
  return async (file: string): Promise<T | undefined> => {
    const read = await readPicture(file, { ...context, atMost: detectionSize });
    const picture = prepare?.(read) ?? read;
    const face = await find(picture);
    return face && answer(picture, face);
  };
}

async function readEyes<T>(reader: EyeReader<T>, picture: StillPicture, { landmarks, square }: FoundFace) {
  return (await reader.read([{ picture, landmarks, roll: square.roll }]))[0]!;
}

const named = (model: Model, values: Float32Array) =>
  Object.fromEntries(model.entry.labels.map((label, i) => [label, values[i]!]));
