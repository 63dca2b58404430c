import { gazeCalibrationSchema, type GazeCalibration } from "../../shared/protocol/gazeCalibration.ts";
import { readTextFile } from "../text/readTextFile.ts";
import { parseDocumentFile } from "./documentFile.ts";

/** @throws AppError `invalid_path`, `invalid_config` for a file that is no gaze calibration */
export async function readGazeCalibration(file: string): Promise<GazeCalibration> {
  const { text } = await readTextFile(file);
  const kind = { schema: gazeCalibrationSchema, code: "invalid_config", name: "gaze calibration" } as const;
  return parseDocumentFile(text, kind).parsed;
}
