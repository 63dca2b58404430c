import { AppError } from "../../shared/errors.ts";
import type { AnalysisConfig } from "../../shared/protocol/analysisConfig.ts";
import { liveFaultOf, type LivePipeline } from "../../shared/protocol/pipelines.ts";
import { parseConfig } from "../analysis/config.ts";

/**
 * Settings of a live run.
 * @throws AppError `invalid_config` also for what cannot run live
 */
export function liveConfig(pipeline: LivePipeline, given: Readonly<Record<string, unknown>>): AnalysisConfig {
  const config = parseConfig(given);
  const fault = liveFaultOf(pipeline, config);
  if (fault !== undefined) throw new AppError("invalid_config", fault);
  return config;
}
