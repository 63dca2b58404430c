import * as z from "zod";
import { taskSchema } from "./models.ts";

export const presetSchema = z.enum(["thesis", "micro", "pulse"]);
export const magnificationModeSchema = z.enum(["amplitude", "motion"]);

/** How the EVM pipeline magnifies; what is absent is chosen from the preset and the clip. */
export const magnificationSchema = z.strictObject({
  preset: presetSchema.default("thesis"),
  mode: magnificationModeSchema.default("amplitude"),
  /** Fixed amplification; absent: chosen inside the bound. */
  alpha: z.number().min(0).max(200).optional(),
  /** Lower and upper edge of the pass band. */
  bandHz: z.tuple([z.number().positive(), z.number().positive()]).optional(),
  /** Levels of spatial pooling. */
  levels: z.int().min(1).max(6).optional(),
});

/** Settings of an analysis, each with its default. What was used stands in `analysis.json`. */
export const analysisConfigSchema = z.strictObject({
  /** The detector runs on every n-th frame and whenever a face is lost; 1 is every frame. */
  detectEveryFrames: z.int().min(1).max(100).default(10),
  /** The landmark network must be this sure that a face is there. */
  minPresence: z.number().min(0).max(1).default(0.5),
  /** Faces followed at a time. */
  maxFaces: z.int().min(1).max(32).default(8),
  /** Time constant of the emotion's smoothing, milliseconds; 0 is none. */
  emotionSmoothingMs: z.number().min(0).max(10_000).default(300),
  /** Face and voice are brought together once in every step of this length, milliseconds. */
  fusedStepMs: z.number().min(20).max(10_000).default(100),
  /** Taller pictures are scaled down to this height before anything else. */
  maxHeight: z.int().min(64).max(4320).default(1080),
  /** Networks to use instead of a task's default one, by id. */
  networks: z.partialRecord(taskSchema, z.string()).prefault({}),
  magnification: magnificationSchema.prefault({}),
  /** Of every random draw. */
  seed: z.int().min(0).max(0xffffffff).default(1),
});

export type AnalysisConfig = z.infer<typeof analysisConfigSchema>;
export type Preset = z.infer<typeof presetSchema>;
export type Magnification = z.infer<typeof magnificationSchema>;
