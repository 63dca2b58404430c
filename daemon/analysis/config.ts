import * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import { analysisConfigSchema, type AnalysisConfig } from "../../shared/protocol/analysisConfig.ts";

/** @throws AppError `invalid_config` that names the setting. */
export function parseConfig(given: Readonly<Record<string, unknown>>): AnalysisConfig {
  const parsed = analysisConfigSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new AppError("invalid_config", `Fix the settings of the analysis: ${z.prettifyError(parsed.error)}`);
}
