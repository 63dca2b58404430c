import { readdir } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { quantile } from "../../shared/stats/intervals.ts";
import type { Models } from "../inference/models.ts";
import { readPicture } from "../media/picture.ts";
import { readTextFile } from "../text/readTextFile.ts";
import { createFaceFinder, detectionSize } from "../vision/faceFinder.ts";
import { readEach, type EvaluationContext } from "./dataset.ts";
import { mean } from "../../shared/stats/mean.ts";

/** A face whose error is larger counts as a failure (Sagonas et al. 2013). */
const failureLimit = 0.08;

/** Measures a landmark network on pictures, each with a `.pts` of 68 points beside it. */
export async function evaluateLandmarks(
  folder: string,
  models: Models,
  modelId: string,
  context: EvaluationContext,
) {
  const find = await createFaceFinder(models, modelId);
  const { read, unreadable } = await readEach(
    await readPairs(folder),
    async ({ file, points }) => {
      const truth = parsePoints((await readTextFile(points)).text, path.basename(points));
      const picture = await readPicture(file, { ...context, atMost: detectionSize });
      const scaled = truth.map((value) => value * picture.scale);
      const face = await find(picture, boundingBox(scaled));
      return face && normalisedMeanError(face.landmarks, scaled);
    },
    context,
  );
  const errors = read.flatMap(({ value }) => (value === undefined ? [] : [value]));
  return {
    n: read.length,
    missed: read.length - errors.length,
    /** Mean over the faces that were found, as a fraction of the distance of the outer eye corners. */
    ...(errors.length > 0 ? { nme: mean(errors), nmeMedian: quantile(errors, 0.5) } : {}),
    /** A missed face is a failure. */
    failureRate: (read.length - errors.filter((e) => e <= failureLimit).length) / read.length,
    failureLimit,
    notes: [],
    unreadable,
  };
}

/** Pictures that have points beside them. */
async function readPairs(folder: string): Promise<{ path: string; file: string; points: string }[]> {
  const names = await readdir(folder, { recursive: true });
  const known = new Set(names);
  const pairs = names
    .filter((name) => !/\.pts$/i.test(name) && known.has(`${name.slice(0, -path.extname(name).length)}.pts`))
    .sort()
    .map((name) => ({
      path: name,
      file: path.join(folder, name),
      points: path.join(folder, `${name.slice(0, -path.extname(name).length)}.pts`),
    }));
  if (pairs.length === 0)
    throw new AppError(
      "not_enough_data",
      `${folder} holds no picture with a .pts file of the same name beside it. Give the folder of such a set.`,
    );
  return pairs;
}

/**
 * The points of a `.pts` file as continuous pixels, x0 y0 ... x67 y67. The format counts pixels from 1, so that the
 * centre of the first one, here at 0.5, is written as 1.
 *
 * @throws AppError `media_unreadable` when it does not hold 68 points.
 */
export function parsePoints(text: string, name: string): number[] {
  const body = /\{([^}]*)\}/.exec(text)?.[1] ?? "";
  const values = body
    .trim()
    .split(/\s+/)
    .map((word) => Number(word) - 0.5);
  if (values.length === 136 && values.every(Number.isFinite)) return values;
  throw new AppError("media_unreadable", `${name} does not hold 68 points between braces. Fix or remove it.`);
}

/** Mean distance of 68 points over the distance of the outer eye corners (points 36 and 45) of the truth. */
export function normalisedMeanError(points: ArrayLike<number>, truth: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < 136; i += 2) sum += Math.hypot(points[i]! - truth[i]!, points[i + 1]! - truth[i + 1]!);
  return sum / 68 / Math.hypot(truth[90]! - truth[72]!, truth[91]! - truth[73]!);
}

function boundingBox(points: readonly number[]) {
  const xs = points.filter((_, i) => i % 2 === 0);
  const ys = points.filter((_, i) => i % 2 === 1);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}
