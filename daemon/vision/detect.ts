import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";
import { removeOverlaps, type Box } from "./boxes.ts";
import { letterboxInto, type Crop, type Picture } from "./crop.ts";
import { ImageBatch } from "./imageBatch.ts";
import { faceDetectorSchema } from "./preprocessing.ts";
import { searchedSize } from "./searchedSize.ts";

export interface Detection {
  /** Source pixels; may reach outside of the picture. */
  readonly box: Box;
  readonly score: number;
  /** Where the landmarks are looked for; models/README.md, "From a detector's box". */
  readonly square: Crop;
}

export interface FaceDetector {
  /** Faces of the whole picture, best score first. */
  detect(picture: Picture): Promise<Detection[]>;
}

/**
 * Finds faces with a network of the task `face`: letterbox, network, threshold, removal of overlaps.
 *
 * @param leastScore The entry's own threshold by default.
 */
export function createDetector(model: Model, leastScore?: number): FaceDetector {
  const { scoreThreshold, overlapLimit, toFaceSquare, keypoints, size } = readPreprocessing(
    model.entry,
    faceDetectorSchema,
  );
  const threshold = leastScore ?? scoreThreshold;
  const batch = new ImageBatch(model, { width: size[0], height: size[1] });
  const rightEye = keypoints.indexOf("right eye");
  const leftEye = keypoints.indexOf("left eye");

  return {
    async detect(picture) {
      if (batch.anySize) batch.resize(searchedSize(picture, size));
      const { scale, left, top } = letterboxInto(picture, batch.width, batch.height, batch.buffer(1));
      const outputs = await batch.run(1);
      const boxes = batch.output(outputs, "boxes");
      const scores = batch.output(outputs, "scores");
      const points =
        rightEye >= 0 && leftEye >= 0 && outputs["keypoints"] !== undefined
          ? outputs["keypoints"].data
          : undefined;
      const found: Detection[] = [];
      for (let i = 0; i < scores.length; i++) {
        const score = scores[i]!;
        if (score < threshold) continue;
        const x = (boxes[4 * i]! - left) / scale;
        const y = (boxes[4 * i + 1]! - top) / scale;
        const width = (boxes[4 * i + 2]! - boxes[4 * i]!) / scale;
        const height = (boxes[4 * i + 3]! - boxes[4 * i + 1]!) / scale;
        if (!(width > 0 && height > 0)) continue;
        const base = 2 * i * keypoints.length;
        const roll =
          points === undefined
            ? 0
            : Math.atan2(
                points[base + 2 * leftEye + 1]! - points[base + 2 * rightEye + 1]!,
                points[base + 2 * leftEye]! - points[base + 2 * rightEye]!,
              );
        const box = { x, y, width, height };
        found.push({ box, score: Math.min(1, score), square: squareOfBox(box, toFaceSquare, roll) });
      }
      return removeOverlaps(found, overlapLimit);
    },
  };
}

function squareOfBox(
  { x, y, width, height }: Box,
  { dx, dy, scale }: { dx: number; dy: number; scale: number },
  roll: number,
): Crop {
  const longer = Math.max(width, height);
  return {
    cx: x + width / 2 + dx * longer,
    cy: y + height / 2 + dy * longer,
    side: scale * longer,
    roll,
  };
}
