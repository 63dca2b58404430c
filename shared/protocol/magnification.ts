import * as z from "zod";
import { flag } from "./settingFlags.ts";

export const presetSchema = z.enum(["thesis", "micro", "pulse"]);
export const magnificationModeSchema = z.enum(["amplitude", "motion"]);
export const temporalFilterSchema = z.enum(["iir", "ideal"]);

/** How the EVM pipeline magnifies; what is absent is chosen from the preset and the clip. */
export const magnificationSchema = z.strictObject({
  preset: flag("--preset <name>", presetSchema.default("thesis").describe("Band and amplification.")),
  mode: flag("--mode <mode>", magnificationModeSchema.default("amplitude").describe("What is magnified.")),
  filter: flag(
    "--filter <name>",
    temporalFilterSchema
      .default("iir")
      .describe(
        "`iir` looks at the past only; `ideal` shifts no phase and needs a recorded clip and mode `amplitude`.",
      ),
  ),
  alpha: flag(
    "--alpha <factor>",
    z.number().min(0).max(200).optional().describe("Fixed amplification; absent: chosen inside the bound."),
  ),
  bandHz: flag(
    "--band <low,high>",
    z
      .tuple([z.number().positive(), z.number().positive()])
      .optional()
      .describe("Lower and upper edge of the pass band."),
  ),
  levels: flag("--levels <n>", z.int().min(1).max(6).optional().describe("Levels of spatial pooling.")),
});

export type Preset = z.infer<typeof presetSchema>;
export type Magnification = z.infer<typeof magnificationSchema>;
