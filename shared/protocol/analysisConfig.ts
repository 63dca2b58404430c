import * as z from "zod";

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
  /** Taller pictures are scaled down to this height before anything else. */
  maxHeight: z.int().min(64).max(4320).default(1080),
  /** Of every random draw. */
  seed: z.int().min(0).max(0xffffffff).default(1),
});

export type AnalysisConfig = z.infer<typeof analysisConfigSchema>;
