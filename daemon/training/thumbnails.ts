import { isAppError } from "../../shared/errors.ts";
import type { TrainingFigures } from "../../shared/protocol/training.ts";
import { asDataUri, readPicture } from "../media/picture.ts";

/** Longer side, pixels. */
const side = 96;

/** The surest wrong answers with a small picture of each, where the file is one. @param fileOf by the path of the set */
export async function withThumbnails(
  worst: TrainingFigures["worst"],
  fileOf: (path: string) => string | undefined,
): Promise<TrainingFigures["worst"]> {
  return Promise.all(
    worst.map(async (one) => {
      const file = fileOf(one.path);
      const picture = file === undefined ? undefined : await thumbnail(file);
      return { ...one, ...(picture !== undefined && { picture }) };
    }),
  );
}

async function thumbnail(file: string): Promise<string | undefined> {
  try {
    return await asDataUri(await readPicture(file, { atMost: { width: side, height: side, fit: "inside" } }));
  } catch (error) {
    // It was moved meanwhile: its name says which it is.
    if (isAppError(error)) return undefined;
    throw error;
  }
}
