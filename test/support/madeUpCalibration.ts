import { gazeCalibrationSchema, type GazeCalibration } from "../../shared/protocol/gazeCalibration.ts";

/** A gaze calibration of a day of November 2026. */
export const madeUpCalibration = (day: string): GazeCalibration =>
  gazeCalibrationSchema.parse({
    ...{ kind: "edin-gaze-calibration", version: 1, madeAt: `2026-11-${day}T10:00:00.000Z` },
    network: { id: "gaze-compact", sha256: "a".repeat(64) },
    ...{ form: "gain", yaw: [3, -0.1], pitch: [-2, 0], reachDeg: 12 },
    centre: { yawDeg: 0, pitchDeg: -8, headYawDeg: 0, headPitchDeg: 0 },
    error: { points: 9, beforeDeg: 7.5, afterDeg: 3.5 },
  });
