import * as z from "zod";
import { taskSchema } from "./models.ts";

export const presetSchema = z.enum(["thesis", "micro", "pulse"]);
export const magnificationModeSchema = z.enum(["amplitude", "motion"]);
export const temporalFilterSchema = z.enum(["iir", "ideal"]);

/** How the EVM pipeline magnifies; what is absent is chosen from the preset and the clip. */
export const magnificationSchema = z.strictObject({
  preset: presetSchema.default("thesis"),
  mode: magnificationModeSchema.default("amplitude"),
  filter: temporalFilterSchema
    .default("iir")
    .describe(
      "`iir` looks at the past only; `ideal` shifts no phase and needs a recorded clip and mode `amplitude`.",
    ),
  alpha: z
    .number()
    .min(0)
    .max(200)
    .optional()
    .describe("Fixed amplification; absent: chosen inside the bound."),
  bandHz: z
    .tuple([z.number().positive(), z.number().positive()])
    .optional()
    .describe("Lower and upper edge of the pass band."),
  levels: z.int().min(1).max(6).optional().describe("Levels of spatial pooling."),
});

/** Settings of an analysis, each with its default. What was used stands in `analysis.json`. */
export const analysisConfigSchema = z.strictObject({
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
  maxFaces: z.int().min(1).max(64).default(16).describe("Faces followed at a time; the surest ones."),
  emotionSmoothingMs: z
    .number()
    .min(0)
    .max(10_000)
    .default(300)
    .describe("Time constant of the emotion's smoothing, milliseconds; 0 is none."),
  fusedStepMs: z
    .number()
    .min(20)
    .max(10_000)
    .default(100)
    .describe("Face and voice are brought together once in every step of this length, milliseconds."),
  maxHeight: z
    .int()
    .min(64)
    .max(4320)
    .default(1080)
    .describe("Taller pictures are scaled down to this height before anything else."),
  audioTrack: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe("Sound track to hear, from 1; absent: the first with a voice."),
  networks: z
    .partialRecord(taskSchema, z.string())
    .prefault({})
    .describe("Networks to use instead of a task's default one, by id."),
  magnification: magnificationSchema.prefault({}),
  seed: z.int().min(0).max(0xffffffff).default(1).describe("Of every random draw."),
});

export type AnalysisConfig = z.infer<typeof analysisConfigSchema>;
export type Preset = z.infer<typeof presetSchema>;
export type Magnification = z.infer<typeof magnificationSchema>;
