import { blendShapeIndex, type BlendShape } from "../avatar/blendShapes.ts";

/** Action units of FACS that are estimated. */
export const actionUnits = [
  ...(["AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12"] as const),
  ...(["AU14", "AU15", "AU17", "AU20", "AU23", "AU25", "AU26", "AU45"] as const),
] as const;

export type ActionUnit = (typeof actionUnits)[number];

/** What the Facial Action Coding System calls each of them. */
export const actionUnitNames: Readonly<Record<ActionUnit, string>> = {
  AU01: "inner brow raiser",
  AU02: "outer brow raiser",
  AU04: "brow lowerer",
  AU05: "upper lid raiser",
  AU06: "cheek raiser",
  AU07: "lid tightener",
  AU09: "nose wrinkler",
  AU10: "upper lip raiser",
  AU12: "lip corner puller",
  AU14: "dimpler",
  AU15: "lip corner depressor",
  AU17: "chin raiser",
  AU20: "lip stretcher",
  AU23: "lip tightener",
  AU25: "lips part",
  AU26: "jaw drop",
  AU45: "blink",
};

/** What intensities go up to, as A to E of FACS in numbers. */
export const maxIntensity = 5;

/**
 * The blend shapes that stand for each action unit; they count alike. A shape is no muscle: what comes out are estimates, most
 * doubtful for AU 14, 17, 20 and 23. Lips part (AU 25) also where the jaw opens (AU 26): see {@link actionUnitsOf}.
 */
const shapesOf: Readonly<Record<ActionUnit, readonly BlendShape[]>> = {
  AU01: ["browInnerUp"],
  AU02: ["browOuterUpLeft", "browOuterUpRight"],
  AU04: ["browDownLeft", "browDownRight"],
  AU05: ["eyeWideLeft", "eyeWideRight"],
  AU06: ["cheekSquintLeft", "cheekSquintRight"],
  AU07: ["eyeSquintLeft", "eyeSquintRight"],
  AU09: ["noseSneerLeft", "noseSneerRight"],
  AU10: ["mouthUpperUpLeft", "mouthUpperUpRight"],
  AU12: ["mouthSmileLeft", "mouthSmileRight"],
  AU14: ["mouthDimpleLeft", "mouthDimpleRight"],
  AU15: ["mouthFrownLeft", "mouthFrownRight"],
  AU17: ["mouthShrugLower"],
  AU20: ["mouthStretchLeft", "mouthStretchRight"],
  AU23: ["mouthPressLeft", "mouthPressRight"],
  AU25: ["mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight"],
  AU26: ["jawOpen"],
  AU45: ["eyeBlinkLeft", "eyeBlinkRight"],
};

/**
 * Intensity of each action unit, 0 (none) to 5 (as strong as it gets).
 *
 * @param weights 0..1, in the order of `blendShapes`
 */
export function actionUnitsOf(weights: ArrayLike<number>): Record<ActionUnit, number> {
  const mean = (shapes: readonly BlendShape[]): number =>
    shapes.reduce((sum, shape) => sum + weights[blendShapeIndex[shape]]!, 0) / shapes.length;
  const units = Object.fromEntries(
    actionUnits.map((unit) => [unit, maxIntensity * Math.min(1, Math.max(0, mean(shapesOf[unit])))]),
  ) as Record<ActionUnit, number>;
  return { ...units, AU25: Math.max(units.AU25, units.AU26) };
}
