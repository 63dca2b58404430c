import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";
import { removeOverlaps, type Box } from "./boxes.ts";
import { cropInto, letterboxInto, type Crop, type Picture } from "./crop.ts";
import { squareOfBox } from "./faceSquare.ts";
import { ImageBatch } from "./imageBatch.ts";
import { faceDetectorSchema } from "./preprocessing.ts";
import { searchedSize } from "./searchedSize.ts";
import { tilesOf, type Tile } from "./tiles.ts";
import { createUprightReader, type UprightReader } from "./upright.ts";

export interface Detection {
  /** Source pixels; may reach outside of the picture. */
  readonly box: Box;
  readonly score: number;
  /** Where the landmarks are looked for; models/README.md, "From a detector's box". */
  readonly square: Crop;
}

export interface FaceDetector {
  /**
   * Faces of the whole picture, best score first.
   * @param thorough Large pictures are searched in overlapping tiles as well, which shows faces a third as large; where
   *   nobody is found, the picture is also looked at upside down.
   */
  detect(picture: Picture, thorough?: boolean): Promise<Detection[]>;
  /** Tells how faces lie; absent for networks that cannot. */
  readonly upright?: UprightReader | undefined;
}

/**
 * Finds faces with a network of the task `face`: letterbox, network, threshold, removal of overlaps.
 *
 * @param minScore The entry's own threshold by default.
 */
export function createDetector(model: Model, minScore?: number): FaceDetector {
  const { scoreThreshold, overlapLimit, toFaceSquare, keypoints, size } = readPreprocessing(
    model.entry,
    faceDetectorSchema,
  );
  const threshold = minScore ?? scoreThreshold;
  const batch = new ImageBatch(model, { width: size[0], height: size[1] });
  const rightEye = keypoints.indexOf("right eye");
  const leftEye = keypoints.indexOf("left eye");

  /** Runs the network on what is in the batch; boxes and rolls are those of its input. */
  async function search(): Promise<Found[]> {
    const outputs = await batch.run(1);
    const boxes = batch.output(outputs, "boxes");
    const scores = batch.output(outputs, "scores");
    const points =
      rightEye >= 0 && leftEye >= 0 && outputs["keypoints"] !== undefined
        ? outputs["keypoints"].data
        : undefined;
    const found: Found[] = [];
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i]!;
      if (score < threshold) continue;
      const [x, y] = [boxes[4 * i]!, boxes[4 * i + 1]!];
      const [width, height] = [boxes[4 * i + 2]! - x, boxes[4 * i + 3]! - y];
      if (!(width > 0 && height > 0)) continue;
      const base = 2 * i * keypoints.length;
      const roll =
        points === undefined
          ? 0
          : Math.atan2(
              points[base + 2 * leftEye + 1]! - points[base + 2 * rightEye + 1]!,
              points[base + 2 * leftEye]! - points[base + 2 * rightEye]!,
            );
      found.push({ box: { x, y, width, height }, score: Math.min(1, score), roll });
    }
    return found;
  }

  /** In source pixels: source point s is at `scale * s + (left, top)` of the input. */
  const placed = ({ box, score, roll }: Found, scale: number, left: number, top: number): Detection => {
    const there = {
      x: (box.x - left) / scale,
      y: (box.y - top) / scale,
      width: box.width / scale,
      height: box.height / scale,
    };
    return { box: there, score, square: squareOfBox(there, toFaceSquare, roll) };
  };

  async function searchWhole(picture: Picture): Promise<Detection[]> {
    if (batch.anySize) batch.resize(searchedSize(picture, size));
    const { scale, left, top } = letterboxInto(picture, batch.width, batch.height, batch.buffer(1));
    return (await search()).map((found) => placed(found, scale, left, top));
  }

  async function searchTile(picture: Picture, tile: Tile): Promise<Detection[]> {
    if (batch.anySize) batch.resize(searchedSize(tile, size));
    const scale = Math.min(batch.width / tile.width, batch.height / tile.height);
    const crop = cropOf(tile, batch.width / scale, 0);
    cropInto(picture, crop, batch.width, batch.height, batch.buffer(1));
    const [left, top] = [batch.width / 2 - scale * crop.cx, batch.height / 2 - scale * crop.cy];
    return (await search())
      .map((found) => placed(found, scale, left, top))
      .filter(({ box }) => tile.holds(box));
  }

  async function searchUpsideDown(picture: Picture): Promise<Detection[]> {
    if (batch.anySize) batch.resize(searchedSize(picture, size));
    const scale = Math.min(batch.width / picture.width, batch.height / picture.height);
    const { width, height } = picture;
    const crop = cropOf({ x: 0, y: 0, width, height }, batch.width / scale, Math.PI);
    cropInto(picture, crop, batch.width, batch.height, batch.buffer(1));
    return (await search()).map((found) => {
      const { box, score, square } = placed(
        found,
        scale,
        batch.width / 2 - scale * crop.cx,
        batch.height / 2 - scale * crop.cy,
      );
      return {
        score,
        box: { ...box, x: width - box.x - box.width, y: height - box.y - box.height },
        square: { ...square, cx: width - square.cx, cy: height - square.cy, roll: square.roll + Math.PI },
      };
    });
  }

  return {
    upright: createUprightReader(model),
    async detect(picture, thorough = false) {
      const found = await searchWhole(picture);
      if (thorough) for (const tile of tilesOf(picture)) found.push(...(await searchTile(picture, tile)));
      if (thorough && found.length === 0) found.push(...(await searchUpsideDown(picture)));
      return removeOverlaps(found, overlapLimit);
    },
  };
}

interface Found {
  readonly box: Box;
  readonly score: number;
  /** Radians. */
  readonly roll: number;
}

/** A crop of this width around the middle of a part of the picture. */
function cropOf({ x, y, width, height }: Box, side: number, roll: number): Crop {
  return { cx: x + width / 2, cy: y + height / 2, side, roll };
}
