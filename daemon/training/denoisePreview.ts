import path from "node:path";
import type * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import { denoiseSchema, isOfSounds } from "../../shared/protocol/training.ts";
import type { previewDenoise } from "../../shared/protocol/trainingRoutes.ts";
import { readClassSet } from "../evaluation/classSet.ts";
import { asDataUri, readPicture } from "../media/picture.ts";
import { denoisePicture } from "../vision/nonLocalMeans.ts";
import { planTraining, type WrittenTraining } from "./trainingFile.ts";

/** Of the thesis's figure 6.2; 0 is the picture as it is. */
const templates = [0, 3, 5, 7, 11, 13];
/** Longer side, pixels: what it looks like is seen at this size, and waited for in a second or two. */
const side = 128;

/**
 * One picture of a training's set without its noise, at every template of the thesis, with the other settings of the training.
 * @param at of the set's files, counted around
 * @throws AppError those of the set and of the picture
 */
export async function denoisedSideBySide(
  written: WrittenTraining,
  folder: string,
  at: number,
): Promise<z.input<typeof previewDenoise.response>> {
  const { training } = planTraining(written)[0]!;
  if (isOfSounds(training.task))
    throw new AppError("invalid_request", "Noise is taken from pictures; this training is of sounds.");
  const files = await readClassSet(path.resolve(folder, training.data.path), undefined);
  const { path: name, file } = files[at % files.length]!;
  const { search, h, hColor } = training.denoise ?? denoiseSchema.parse({});
  const picture = await readPicture(file, { atMost: { width: side, height: side, fit: "inside" } });
  const pictures = [];
  for (const template of templates) {
    const shown = template === 0 ? picture : denoisePicture(picture, { template, search, h, hColor });
    pictures.push({ template, picture: await asDataUri(shown) });
    // Others may be answered in between.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { path: name, total: files.length, search, h, hColor, pictures };
}
