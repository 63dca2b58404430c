import * as z from "zod";
import { endpoint, okSchema } from "./endpoint.ts";
import { gazeCalibrationSchema } from "./gazeCalibration.ts";
import { studyIdSchema } from "./studyFile.ts";

const ofParticipant = { study: studyIdSchema, participant: studyIdSchema };
const path = "/api/studies/:study/participants/:participant/gaze";

export const setGazeCalibration = endpoint({
  method: "put",
  path,
  summary:
    "Keeps the gaze calibration of a participant who has given consent. Later live sessions of theirs and analyses of their clips use it.",
  request: z.strictObject({ ...ofParticipant, calibration: gazeCalibrationSchema }),
  response: okSchema,
});

export const deleteGazeCalibration = endpoint({
  method: "delete",
  path,
  summary: "Removes the gaze calibration of a participant.",
  request: z.strictObject(ofParticipant),
  response: okSchema,
});
