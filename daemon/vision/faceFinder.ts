import type { Models } from "../inference/models.ts";
import { overlap, type Box } from "./boxes.ts";
import type { Crop, Picture } from "./crop.ts";
import { createDetector } from "./detect.ts";
import { faceSquare, type Landmarks } from "./faceSquare.ts";
import { createLandmarker, type Landmarker } from "./landmarks.ts";

/** A face that was found in a picture, as the pipelines find it. */
export interface FoundFace {
  readonly landmarks: Landmarks;
  readonly square: Crop;
}

/** A face is there from this presence on. */
const minPresence = 0.5;

/** Pictures in which faces are looked for are scaled down to this: enough for a face of a tenth of the width. */
export const detectionSize = { width: 1920, height: 1920, fit: "inside" } as const;

/**
 * Finds the face of a picture: the largest one, or the one that best overlaps `near`. Undefined when there is none.
 *
 * @param landmarkModel Id or task of the network that reads the landmarks.
 */
export async function createFaceFinder(models: Models, landmarkModel = "landmarks") {
  const detector = createDetector(await models.load("face"));
  const landmarker = createLandmarker(await models.load(landmarkModel));
  return async (picture: Picture, near?: Box): Promise<FoundFace | undefined> => {
    const squares = (await detector.detect(picture)).map((d) => d.square);
    const fit = (square: Crop) => (near === undefined ? square.side : sharedShare(square, near));
    const best = squares.sort((a, b) => fit(b) - fit(a))[0];
    if (best === undefined || fit(best) <= 0) return undefined;
    return readFoundFace(landmarker, picture, best);
  };
}

/** The face of a square in which one was found; undefined where the landmarks say that there is none after all. */
export async function readFoundFace(
  landmarker: Landmarker,
  picture: Picture,
  square: Crop,
): Promise<FoundFace | undefined> {
  const [rough] = await landmarker.read(picture, [square]);
  // The second reading starts from a well placed square, as in a video from the second frame on.
  const [fine] = await landmarker.read(picture, [faceSquare(rough!.landmarks)]);
  if (fine!.presence < minPresence) return undefined;
  return { landmarks: fine!.landmarks, square: faceSquare(fine!.landmarks) };
}

/** Overlap of an upright square with a box, over their union. */
function sharedShare({ cx, cy, side }: Crop, box: Box): number {
  return overlap({ x: cx - side / 2, y: cy - side / 2, width: side, height: side }, box);
}
