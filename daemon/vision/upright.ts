import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";
import { cropInto, type Crop, type Picture } from "./crop.ts";
import { squareOfBox } from "./faceSquare.ts";
import { ImageBatch } from "./imageBatch.ts";
import { faceDetectorSchema } from "./preprocessing.ts";

/** How a face lies, as the detector sees it in turned copies of its surroundings. */
export interface Uprightness {
  /** The face square with the roll of the surest copy. */
  readonly square: Crop;
  /** Score of the copy that was turned by the asked roll, and of the surest one; 0..1. */
  readonly asked: number;
  readonly surest: number;
}

export interface UprightReader {
  /** Looks at faces in eight copies, 45 degrees apart, beginning with the roll of each square. */
  turn(picture: Picture, squares: readonly Crop[]): Promise<Uprightness[]>;
  /** Looks at faces the way they are said to lie, and upside down. */
  check(picture: Picture, squares: readonly Crop[]): Promise<{ upright: number; upsideDown: number }[]>;
}

/** Side of a copy, pixels, and of what it shows, in sides of the face square. */
const copySide = 160;
const shown = 2.5;
/** A face of the copy has its middle this near to the copy's, as a share of its side; another one is a neighbour. */
const nearMiddle = 0.3;
/** A copy that is turned otherwise must be this much surer. Right and wrong ones are .04 apart and more. */
const surer = 0.01;

/**
 * A detector is surest of a face that stands upright (YuNet: .94, and .90 at most in any other copy), while landmark
 * networks draw a plausible face into one that is upside down, its eyes where the mouth is.
 */
export function createUprightReader(model: Model): UprightReader | undefined {
  const { keypoints, toFaceSquare } = readPreprocessing(model.entry, faceDetectorSchema);
  const batch = new ImageBatch(model, { width: copySide, height: copySide });
  const [rightEye, leftEye] = [keypoints.indexOf("right eye"), keypoints.indexOf("left eye")];
  if (!batch.anySize || rightEye < 0 || leftEye < 0) return undefined;

  /** For each crop the surest face near its middle, in the copy's pixels. */
  async function findNearMiddle(picture: Picture, crops: readonly Crop[]) {
    const buffer = batch.buffer(crops.length);
    for (const [i, crop] of crops.entries())
      cropInto(picture, crop, copySide, copySide, buffer, i * batch.size);
    const outputs = await batch.run(crops.length);
    const [boxes, scores] = [batch.output(outputs, "boxes"), batch.output(outputs, "scores")];
    const points = batch.output(outputs, "keypoints");
    const anchors = scores.length / crops.length;
    return crops.map((_, n) => {
      let [best, score] = [n * anchors, 0];
      for (let i = n * anchors; i < (n + 1) * anchors; i++) {
        const x = (boxes[4 * i]! + boxes[4 * i + 2]!) / 2 / copySide - 0.5;
        const y = (boxes[4 * i + 1]! + boxes[4 * i + 3]!) / 2 / copySide - 0.5;
        if (scores[i]! > score && Math.hypot(x, y) < nearMiddle) [best, score] = [i, scores[i]!];
      }
      const [x, y] = [boxes[4 * best]!, boxes[4 * best + 1]!];
      const box = { x, y, width: boxes[4 * best + 2]! - x, height: boxes[4 * best + 3]! - y };
      const at = 2 * best * keypoints.length;
      const roll = Math.atan2(
        points[at + 2 * leftEye + 1]! - points[at + 2 * rightEye + 1]!,
        points[at + 2 * leftEye]! - points[at + 2 * rightEye]!,
      );
      return { score: Math.min(1, score), square: squareOfBox(box, toFaceSquare, roll) };
    });
  }

  const around = (square: Crop, turn: number): Crop => ({
    ...square,
    side: shown * square.side,
    roll: square.roll + turn,
  });

  return {
    async turn(picture, squares) {
      const turns = Array.from({ length: 8 }, (_, k) => (k * Math.PI) / 4);
      const crops = squares.flatMap((square) => turns.map((turn) => around(square, turn)));
      const seen = crops.length === 0 ? [] : await findNearMiddle(picture, crops);
      return squares.map((square, i) => {
        const copies = seen.slice(8 * i, 8 * i + 8);
        const asked = copies[0]!.score;
        const best = copies.reduce((at, { score }, k) => (score > copies[at]!.score ? k : at), 0);
        const surest = copies[best]!.score;
        if (best === 0 || surest < asked + surer) return { square, asked, surest: asked };
        return { square: toSource(copies[best]!.square, crops[8 * i + best]!), asked, surest };
      });
    },
    async check(picture, squares) {
      const crops = squares.flatMap((square) => [around(square, 0), around(square, Math.PI)]);
      const seen = crops.length === 0 ? [] : await findNearMiddle(picture, crops);
      return squares.map((_, i) => ({
        upright: seen[2 * i]!.score,
        upsideDown: seen[2 * i + 1]!.score,
      }));
    },
  };
}

/** A square of a copy, in pixels of the picture that the copy was taken from. */
function toSource(square: Crop, crop: Crop): Crop {
  const step = crop.side / copySide;
  const [dx, dy] = [(square.cx - copySide / 2) * step, (square.cy - copySide / 2) * step];
  const [cos, sin] = [Math.cos(crop.roll), Math.sin(crop.roll)];
  return {
    cx: crop.cx + cos * dx - sin * dy,
    cy: crop.cy + sin * dx + cos * dy,
    side: square.side * step,
    roll: square.roll + crop.roll,
  };
}
