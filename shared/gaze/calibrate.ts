import type { GazeCalibration } from "../protocol/gazeCalibration.ts";
import type { Face } from "../protocol/results.ts";
import { round } from "../round.ts";
import { mean } from "../stats/mean.ts";
import { errorAt, fitGaze, wouldNotHelp, type CalibrationPoint, type GazeReading } from "./fit.ts";

/** Eyes need so long to reach a new place, and at most this share of the time that it is shown. */
const travelMs = 500;
const travelShare = 0.4;

/** From when on the eyes are taken to rest on what is shown from `startMs` to `endMs`. */
export const restingFrom = (startMs: number, endMs: number): number =>
  startMs + Math.min(travelMs, travelShare * (endMs - startMs));

/** What the network read of the largest face of a frame; undefined where that cannot be trusted. */
export function readingOf(faces: readonly Face[]): GazeReading | undefined {
  const size = ({ box: [, , width, height] }: Face) => width * height;
  const largest = faces.toSorted((a, b) => size(b) - size(a))[0];
  if (largest?.gaze === undefined || largest.state !== "ok" || largest.gaze.calibrated) return undefined;
  const { gaze, headPose } = largest;
  return {
    ...{ yawDeg: gaze.yawDeg, pitchDeg: gaze.pitchDeg },
    ...{ headYawDeg: headPose.yawDeg, headPitchDeg: headPose.pitchDeg },
  };
}

/**
 * A calibration as it is stored, and the error at each of its points.
 * @param checks places that are not fitted on
 * @throws AppError of {@link fitGaze}; `invalid_request` where it makes the error at the checked places no smaller
 */
export function calibrateGaze(
  points: readonly CalibrationPoint[],
  checks: readonly CalibrationPoint[],
  network: GazeCalibration["network"],
): { readonly calibration: GazeCalibration; readonly pointErrorsDeg: readonly number[] } {
  const { error, pointErrorsDeg, ...correction } = fitGaze(points);
  const seen = checks.filter(({ readings }) => readings.length > 0);
  const check = seen.length > 0 && {
    points: seen.length,
    beforeDeg: round(mean(seen.map((point) => errorAt(point))), 2),
    afterDeg: round(mean(seen.map((point) => errorAt(point, correction))), 2),
  };
  if (check && check.afterDeg >= check.beforeDeg) throw wouldNotHelp(check.beforeDeg, check.afterDeg);
  const made = {
    kind: "edin-gaze-calibration",
    version: 1,
    madeAt: new Date().toISOString(),
    network,
  } as const;
  return { calibration: { ...made, ...correction, error, ...(check && { check }) }, pointErrorsDeg };
}
