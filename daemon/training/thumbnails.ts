import sharp from "sharp";
import type { TrainingFigures } from "../../shared/protocol/training.ts";

/** Longer side, pixels. */
const side = 96;
const mostPixels = 100_000_000;

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
    const small = sharp(file, { limitInputPixels: mostPixels, sequentialRead: true })
      .rotate()
      .resize({ width: side, height: side, fit: "inside" });
    return `data:image/jpeg;base64,${(await small.jpeg({ quality: 75 }).toBuffer()).toString("base64")}`;
  } catch {
    // It was moved meanwhile, or is of a kind that only ffmpeg reads: its name says which it is.
    return undefined;
  }
}
