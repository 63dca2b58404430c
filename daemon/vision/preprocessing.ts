import * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import type { ModelEntry } from "../../shared/protocol/models.ts";

/** What `preprocessing` of a manifest entry holds, by task; models/README.md gives the meanings. */
const cropSchema = z.object({
  cropScale: z.number().positive(),
  offset: z.tuple([z.number(), z.number()]).default([0, 0]),
  grey: z.boolean().default(false),
});

export const faceDetectorSchema = z.object({
  size: z.tuple([z.int().positive(), z.int().positive()]),
  scoreThreshold: z.number().min(0).max(1),
  overlapLimit: z.number().min(0).max(1),
  toFaceSquare: z.object({ dx: z.number(), dy: z.number(), scale: z.number().positive() }),
  keypoints: z.array(z.string()).default([]),
});
export const faceCropSchema = cropSchema;
export const eyeCropSchema = cropSchema
  .omit({ offset: true })
  .extend({ mirrorLeft: z.boolean().default(false) });

/**
 * Name, width and height of an entry's first input, an image [n, 3, height, width].
 *
 * @param free The sides where the network takes any.
 * @throws AppError `model_refused` for other inputs
 */
export function imageSize(
  entry: ModelEntry,
  free?: { readonly width: number; readonly height: number },
): { name: string; width: number; height: number } {
  const { name, shape } = entry.inputs[0]!;
  const [, channels, high, wide] = shape;
  const height = typeof high === "number" ? high : free?.height;
  const width = typeof wide === "number" ? wide : free?.width;
  if (shape.length === 4 && channels === 3 && height !== undefined && width !== undefined)
    return { name, width, height };
  throw new AppError(
    "model_refused",
    `The network ${entry.id} does not take images [n, 3, height, width]. Choose another.`,
  );
}
