import type { Model } from "../inference/models.ts";
import { describeFace, likeness, type Appearance } from "../vision/appearance.ts";
import type { Crop, Picture } from "../vision/crop.ts";
import { createFaceLikenessReader } from "../vision/faceLikeness.ts";
import type { Landmarks } from "../vision/faceSquare.ts";

/** How a face looks in the two ways in which somebody may know it again. */
export interface Look {
  readonly recognition: Float32Array;
  readonly appearance: Appearance;
}

export interface Resemblance {
  readonly by: keyof Look;
  readonly likeness: number;
  /** From this likeness on it counts. */
  readonly from: number;
}

/** Looks of different people are less alike in 99.97 % of pairs (`appearance.ts`). */
const appearanceFrom = 0.7;

/**
 * Compares faces as a stranger's face recognition does, and by light, hair and clothes: of weak covers each knows some that the
 * other does not.
 */
export interface LookReader {
  read(picture: Picture, square: Crop, landmarks: Landmarks): Promise<Look>;
  /** The way in which the two are most alike for its limit. */
  compare(a: Look, b: Look): Resemblance;
}

/** @param model of the task `face-likeness`; its limit is met by 1 in 1,000 pairs of different people (its card) */
export function createLookReader(model: Model): LookReader {
  const reader = createFaceLikenessReader(model);
  return {
    async read(picture, square, landmarks) {
      return {
        recognition: await reader.read(picture, landmarks),
        appearance: describeFace(picture, square),
      };
    },
    compare(a, b) {
      const by = (which: keyof Look, from: number): Resemblance => ({
        ...{ by: which, from, likeness: likeness(a[which], b[which]) },
      });
      return moreAlike(by("recognition", reader.likenessFrom), by("appearance", appearanceFrom));
    },
  };
}

/** Of two the one that is more alike for its limit. */
export const moreAlike = <T extends Resemblance>(a: T, b: T): T =>
  b.likeness / b.from > a.likeness / a.from ? b : a;
