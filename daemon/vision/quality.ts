import type { Crop } from "./crop.ts";
import type { HeadPose } from "./headPose.ts";

/** Why a face cannot be trusted; `doubtful`: the detector does not see it the way its landmarks say. */
export type Flaw = "small" | "dark" | "blurred" | "turned" | "doubtful";

/** Faces with a smaller square than this are too small for an emotion; source pixels. */
export const minFacePx = 32;

/** A face must be at least this good for its emotion to be trusted. */
export interface QualityLimits {
  /** Side of the face square, source pixels. */
  readonly minSidePx: number;
  /** Mean brightness of the face, 0..255. */
  readonly minBrightness: number;
  /** Detail over contrast; see {@link measureLight}. */
  readonly minSharpness: number;
  readonly maxYawDeg: number;
  readonly maxPitchDeg: number;
}

const defaultQualityLimits: QualityLimits = {
  minSidePx: minFacePx,
  minBrightness: 20,
  minSharpness: 0.03,
  maxYawDeg: 50,
  maxPitchDeg: 40,
};

/** Brightness (mean, 0..255) and sharpness (detail over contrast) of a face's crop. */
export interface Light {
  readonly brightness: number;
  readonly sharpness: number;
}

/**
 * Light of one plane of a crop, `width * height` values from `offset` on. Sharpness is the spread of the discrete
 * Laplacian over the spread of the values: it depends on how the face was taken, not on how bright or large it is.
 */
export function measureLight(plane: Float32Array, offset: number, width: number, height: number): Light {
  let sum = 0;
  let squares = 0;
  let detail = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, i = offset + y * width + 1; x < width - 1; x++, i++) {
      const value = plane[i]!;
      const edge = value - (plane[i - 1]! + plane[i + 1]! + plane[i - width]! + plane[i + width]!) / 4;
      sum += value;
      squares += value * value;
      detail += edge * edge;
    }
  }
  const count = (width - 2) * (height - 2);
  const brightness = sum / count;
  const spread = squares - sum * brightness;
  return { brightness, sharpness: spread > 0 ? Math.sqrt(detail / spread) : 0 };
}

/** The flaws of a face, worst for trust first; none for a good one. */
export function findFlaws(
  square: Crop,
  light: Light,
  pose: HeadPose,
  { doubtful = false, limits = defaultQualityLimits }: { doubtful?: boolean; limits?: QualityLimits } = {},
): Flaw[] {
  const flaws: Flaw[] = doubtful ? ["doubtful"] : [];
  if (square.side < limits.minSidePx) flaws.push("small");
  if (light.brightness < limits.minBrightness) flaws.push("dark");
  if (light.sharpness < limits.minSharpness) flaws.push("blurred");
  if (Math.abs(pose.yawDeg) > limits.maxYawDeg || Math.abs(pose.pitchDeg) > limits.maxPitchDeg)
    flaws.push("turned");
  return flaws;
}
