import * as z from "zod";
import { gazeCalibrationSchema } from "./gazeCalibration.ts";
import { taskSchema } from "./models.ts";
import { pipelineSettings } from "./pipelines.ts";
import { flag } from "./settingFlags.ts";

/** Settings of every pipeline. */
export const commonSettings = {
  detectEveryFrames: z
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe("The detector runs on every n-th frame and whenever a face is lost; 1 is every frame."),
  minPresence: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("The landmark network must be this sure that a face is there."),
  maxFaces: flag(
    "--max-faces <n>",
    z.int().min(1).max(64).default(16).describe("Faces followed at a time; the surest ones."),
  ),
  emotionSmoothingMs: z
    .number()
    .min(0)
    .max(10_000)
    .default(300)
    .describe("Time constant of the emotion's smoothing, milliseconds; 0 is none."),
  maxHeight: z
    .int()
    .min(64)
    .max(4320)
    .default(1080)
    .describe("Taller pictures are scaled down to this height before anything else."),
  audioTrack: flag(
    "--audio-track <n>",
    z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe("Sound track to hear, from 1; absent: the first with a voice."),
  ),
  networks: z
    .partialRecord(taskSchema, z.string())
    .prefault({})
    .describe("Networks to use instead of a task's default one, by id."),
  gazeCalibration: gazeCalibrationSchema
    .optional()
    .describe("Corrects the gaze of the largest face, as `edin calibrate gaze` or the page made it."),
  seed: z.int().min(0).max(0xffffffff).default(1).describe("Of every random draw."),
} as const;

/**
 * Settings of an analysis, each with its default: what every pipeline has, and what each of them adds. What was used
 * stands in `analysis.json`.
 */
export const analysisConfigSchema = z.strictObject({ ...commonSettings, ...pipelineSettings });

export type AnalysisConfig = z.infer<typeof analysisConfigSchema>;
