import { cropInto, type Crop, type Picture } from "./crop.ts";
import { taskCrop } from "./faceSquare.ts";
import type { HeadPose } from "./headPose.ts";

/** Why a face cannot be trusted. */
export type Flaw = "small" | "dark" | "blurred" | "turned";

/** A face must be at least this good for its emotion to be trusted. */
export interface QualityLimits {
  /** Side of the face square, source pixels. */
  readonly minSidePx: number;
  /** Mean brightness of the face, 0..255. */
  readonly minBrightness: number;
  /** Fraction of the face's contrast that lies in its finest detail; see {@link measureLight}. */
  readonly minSharpness: number;
  readonly maxYawDeg: number;
  readonly maxPitchDeg: number;
}

export const defaultQualityLimits: QualityLimits = {
  minSidePx: 32,
  minBrightness: 30,
  minSharpness: 0.03,
  maxYawDeg: 50,
  maxPitchDeg: 40,
};

/** Side of the small picture of the face on which light is measured. */
const side = 48;
const small = new Float32Array(3 * side * side);
const luma = new Float32Array(side * side);

/**
 * Brightness (mean luma, 0..255) and sharpness of a face: the spread of the discrete Laplacian over the spread of the
 * luma, on the face at 48x48 so that it does not depend on the size of the face.
 */
export function measureLight(picture: Picture, square: Crop): { brightness: number; sharpness: number } {
  cropInto(picture, taskCrop(square, 1), side, side, small);
  const plane = side * side;
  let sum = 0;
  for (let i = 0; i < plane; i++) {
    luma[i] = 0.299 * small[i]! + 0.587 * small[i + plane]! + 0.114 * small[i + 2 * plane]!;
    sum += luma[i]!;
  }
  const brightness = sum / plane;
  let spread = 0;
  let detail = 0;
  for (let y = 1; y < side - 1; y++) {
    for (let x = 1; x < side - 1; x++) {
      const i = y * side + x;
      const around = (luma[i - 1]! + luma[i + 1]! + luma[i - side]! + luma[i + side]!) / 4;
      detail += (luma[i]! - around) ** 2;
      spread += (luma[i]! - brightness) ** 2;
    }
  }
  return { brightness, sharpness: spread > 0 ? Math.sqrt(detail / spread) : 0 };
}

/** The flaws of a face, worst for trust first; none for a good one. */
export function findFlaws(
  square: Crop,
  light: { readonly brightness: number; readonly sharpness: number },
  pose: HeadPose,
  limits: QualityLimits = defaultQualityLimits,
): Flaw[] {
  const flaws: Flaw[] = [];
  if (square.side < limits.minSidePx) flaws.push("small");
  if (light.brightness < limits.minBrightness) flaws.push("dark");
  if (light.sharpness < limits.minSharpness) flaws.push("blurred");
  if (Math.abs(pose.yawDeg) > limits.maxYawDeg || Math.abs(pose.pitchDeg) > limits.maxPitchDeg)
    flaws.push("turned");
  return flaws;
}
