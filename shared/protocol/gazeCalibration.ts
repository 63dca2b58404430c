import * as z from "zod";
import { instantSchema } from "./text.ts";

const angle = z.number().min(-180).max(180);
const errorSchema = z.object({
  /** Places that were looked at. */
  points: z.int().min(1).max(100),
  /** Mean angle between gaze and place, of each frame: as the network reads it, and corrected. */
  beforeDeg: z.number().nonnegative(),
  afterDeg: z.number().nonnegative(),
});

const centimetres = z.number().positive().max(2000);

/** A screen with a camera in the middle of its upper edge, and somebody before it, their eyes at the camera's height. */
export const screenPlaceSchema = z.object({
  widthCm: centimetres,
  heightCm: centimetres,
  /** From the eyes to the screen. */
  distanceCm: centimetres,
});

/** What is added to yaw and pitch: a constant and a gain of each; a gain of both on both; also of the head; also squares. */
export const gazeFormSchema = z.enum(["gain", "affine", "head", "quadratic"]);

/**
 * How the gaze of one person has to be corrected, fitted while they looked at known places. As a file it ends in
 * `.gaze.json`. `fit.ts` beside `shared/gaze` makes and applies it.
 */
export const gazeCalibrationSchema = z.strictObject({
  kind: z.literal("edin-gaze-calibration"),
  version: z.literal(1),
  madeAt: instantSchema,
  /** The only one whose readings it corrects. */
  network: z.object({ id: z.string().max(200), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  form: gazeFormSchema,
  /** Mean of the readings it was fitted on; terms are differences from it. */
  centre: z.object({ yawDeg: angle, pitchDeg: angle, headYawDeg: angle, headPitchDeg: angle }),
  /** The largest difference from the centre that was fitted on; a reading beyond it is corrected as one there. */
  reachDeg: z.number().positive().max(180),
  /** Coefficients of the terms of the form, the constant first. */
  yaw: z.array(z.number()).min(1).max(8),
  pitch: z.array(z.number()).min(1).max(8),
  /** Each place fitted without it: what to expect elsewhere. */
  error: errorSchema,
  /** Of places that were not fitted on. */
  check: errorSchema.optional(),
  /** On which the places were shown, and how far from the eyes. */
  screen: screenPlaceSchema.optional(),
});

export type GazeCalibration = z.infer<typeof gazeCalibrationSchema>;
export type ScreenPlace = Readonly<z.infer<typeof screenPlaceSchema>>;
export type GazeForm = z.infer<typeof gazeFormSchema>;
