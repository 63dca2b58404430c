import { corrected, type Correction } from "../../shared/gaze/fit.ts";
import type { AnalysisConfig } from "../../shared/protocol/analysisConfig.ts";
import type { GazeCalibration } from "../../shared/protocol/gazeCalibration.ts";
import { counted } from "../../shared/text/counted.ts";
import type { Model } from "../inference/models.ts";
import type { SeeingFace } from "./seen.ts";

/** The calibration of the settings where it was made with this network; of another one its numbers mean nothing. */
export function usableCalibration(
  { gazeCalibration }: Pick<AnalysisConfig, "gazeCalibration">,
  gaze: Model | undefined,
): GazeCalibration | undefined {
  return gazeCalibration?.network.sha256 === gaze?.entry.sha256 ? gazeCalibration : undefined;
}

/** The faces of a frame with the gaze of the largest corrected: a calibration is of one person, who sits before the camera. */
export function withCorrectedGaze(
  faces: readonly SeeingFace[],
  correction: Correction | undefined,
): readonly SeeingFace[] {
  if (correction === undefined) return faces;
  const side = Math.max(...faces.map(({ square }) => square.side));
  const largest = faces.findIndex(({ square }) => square.side === side);
  return faces.map((face, i) => {
    const { gaze, pose } = face;
    if (i !== largest || gaze === undefined) return face;
    const reading = { ...gaze, headYawDeg: pose.yawDeg, headPitchDeg: pose.pitchDeg };
    return { ...face, gaze: corrected(correction, reading), calibrated: true };
  });
}

/** What a user should know of the calibration of these settings. */
export function calibrationNotes(config: AnalysisConfig, networks: readonly Model[]): string[] {
  const { gazeCalibration: asked } = config;
  if (asked === undefined) return [];
  const made = `of ${asked.madeAt.slice(0, 10)}`;
  const gaze = networks.find(({ entry }) => entry.task === "gaze");
  if (usableCalibration(config, gaze) === undefined)
    return [
      `The gaze calibration ${made} was not used: it was made with another network (${asked.network.id}). Calibrate again, or choose that network.`,
    ];
  const { points, beforeDeg, afterDeg } = asked.error;
  return [
    `The gaze of the largest face was corrected by the calibration ${made} (${counted(points, "point")}): its error at points that it was not fitted on was ${afterDeg.toFixed(1)} degrees, ${beforeDeg.toFixed(1)} without it.`,
  ];
}
