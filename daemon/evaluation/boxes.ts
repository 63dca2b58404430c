import {
  averagePrecision,
  recallAtFalsePositives,
  type JudgedDetection,
} from "../../shared/stats/detection.ts";
import { AppError } from "../../shared/errors.ts";
import type { Model } from "../inference/models.ts";
import { readPicture } from "../media/picture.ts";
import { overlap, type Box } from "../vision/boxes.ts";
import { createDetector, type Detection } from "../vision/detect.ts";
import { numberOf, readEach, readLabelTable, resolveInside, type EvaluationContext } from "./dataset.ts";
import { detectionSize } from "../vision/faceFinder.ts";

/** The precision-recall curve is drawn from detections of this score on, far under the product's threshold. */
const minScore = 0.02;

/** A picture of the set; a row with empty numbers names a picture without faces. */
interface BoxedPicture {
  readonly path: string;
  readonly file: string;
  readonly boxes: readonly Box[];
}

/** Measures a face detector on pictures with boxes (`path,x,y,width,height`, several rows a picture). */
export async function evaluateBoxes(folder: string, model: Model, context: EvaluationContext) {
  const detector = createDetector(model, minScore);
  const threshold = Number(model.entry.preprocessing["scoreThreshold"]);
  const { read, unreadable } = await readEach(
    await readPictures(folder),
    async ({ file, boxes }) => {
      const picture = await readPicture(file, { ...context, atMost: detectionSize });
      const found = (await detector.detect(picture)).map(({ score, box }) => ({
        score,
        box: unscaled(box, picture.scale),
      }));
      return { judged: judge(found, boxes), missed: boxes.length - hits(found, boxes, threshold) };
    },
    context,
  );
  const truths = read.reduce((sum, { file }) => sum + file.boxes.length, 0);
  if (truths === 0)
    throw new AppError(
      "not_enough_data",
      "No picture that could be read has a box. Write them into labels.csv.",
    );
  const judged = read.flatMap(({ value }) => value.judged);
  return {
    n: read.length,
    boxes: truths,
    /** Boxes that the product, at the network's own threshold, does not find. */
    missed: read.reduce((sum, { value }) => sum + value.missed, 0),
    ap50: averagePrecision(judged, truths),
    recallAtOneFalsePositivePerPicture: recallAtFalsePositives(judged, truths, read.length),
    notes: [],
    unreadable,
  };
}

async function readPictures(folder: string): Promise<BoxedPicture[]> {
  const pictures = new Map<string, { path: string; file: string; boxes: Box[] }>();
  for (const row of await readLabelTable(folder, ["path", "x", "y", "width", "height"])) {
    const file = resolveInside(folder, row.path);
    const picture = pictures.get(file) ?? { path: row.path, file, boxes: [] };
    pictures.set(file, picture);
    if ([row.x, row.y, row.width, row.height].every((cell) => cell === "")) continue;
    const box = {
      x: numberOf(row.x, "x"),
      y: numberOf(row.y, "y"),
      width: numberOf(row.width, "width"),
      height: numberOf(row.height, "height"),
    };
    if (!(box.width > 0 && box.height > 0))
      throw new AppError(
        "invalid_csv",
        `A box of ${row.path} has no size. Leave its numbers empty if there is no face.`,
      );
    picture.boxes.push(box);
  }
  return [...pictures.values()];
}

type Found = Pick<Detection, "box" | "score">;

/**
 * PASCAL VOC's rule: a detection belongs to the true box that it overlaps most; it is right from an overlap of 0.5 on,
 * if no surer detection has that box.
 */
function judge(found: readonly Found[], truth: readonly Box[]): JudgedDetection[] {
  const taken = new Set<Box>();
  return [...found]
    .sort((a, b) => b.score - a.score)
    .map(({ box, score }) => {
      const best = [...truth].sort((a, b) => overlap(b, box) - overlap(a, box))[0];
      const right = best !== undefined && overlap(best, box) >= 0.5 && !taken.has(best);
      if (right) taken.add(best);
      return { score, right };
    });
}

const hits = (found: readonly Found[], truth: readonly Box[], threshold: number): number =>
  judge(
    found.filter((f) => f.score >= threshold),
    truth,
  ).filter((j) => j.right).length;

const unscaled = ({ x, y, width, height }: Box, scale: number): Box => ({
  x: x / scale,
  y: y / scale,
  width: width / scale,
  height: height / scale,
});
