import type { GazeCalibration } from "../protocol/gazeCalibration.ts";
import { counted } from "../text/counted.ts";

/** What a calibration promises elsewhere: its error at points that it was not fitted on. */
export const expectedError = ({ check, error }: GazeCalibration): GazeCalibration["error"] => check ?? error;

/** The error, and on which screen it was found. */
export function calibrationText(calibration: GazeCalibration): string {
  const { points, beforeDeg, afterDeg } = expectedError(calibration);
  const { screen } = calibration;
  const on =
    screen &&
    `, on a screen of ${screen.widthCm.toFixed()} x ${screen.heightCm.toFixed()} cm at ${screen.distanceCm.toFixed()} cm`;
  return `${afterDeg.toFixed(1)} degrees off at ${counted(points, "point")} that it was not fitted on, ${beforeDeg.toFixed(1)} without it${on ?? ""}`;
}
