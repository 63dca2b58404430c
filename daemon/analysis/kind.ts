import {
  newAnalysisSchema,
  type AnalysisProgress,
  type NewAnalysis,
} from "../../shared/protocol/analyses.ts";
import type { DeviceChoice } from "../../shared/protocol/results.ts";
import type { Pipeline } from "../../shared/protocol/pipelines.ts";

import type { Clips } from "../jobs/clips.ts";
import { defineKind, type JobKind } from "../jobs/kind.ts";
import { analysisProgress } from "../store/analyses.ts";
import type { Log } from "../log.ts";

export interface RunRequest {
  readonly id: string;
  readonly mediaPath: string;
  /** Empty, and this run's alone. */
  readonly outDir: string;
  readonly pipeline: Pipeline;
  readonly config: Record<string, unknown>;
  /** What somebody else knows of the clip. */
  readonly segments?: NonNullable<NewAnalysis["segments"]>;
  /** Where it is to run; absent: where everything of this process does. */
  readonly device?: DeviceChoice;
}

/** Runs one analysis; its files are complete when the promise is fulfilled. */
export type Runner = (
  request: RunRequest,
  context: { signal: AbortSignal; log: Log; onProgress: (progress: AnalysisProgress) => void },
) => Promise<unknown>;

/** The kind of jobs that reads a clip: `atOnce` of them at a time in this process. */
export function analysisKind(run: Runner, clips: Clips, atOnce: number): JobKind {
  return defineKind({
    ...{
      name: "analysis",
      folder: "analyses",
      atOnce,
      triedAgain: true,
      request: newAnalysisSchema.pick({
        mediaPath: true,
        pipeline: true,
        config: true,
        device: true,
        segments: true,
      }),
    },
    async run({ mediaPath, pipeline, config, device, segments }, { id, outDir, signal, log, onProgress }) {
      await using clip = await clips.open(mediaPath, id, signal);
      await run(
        {
          id,
          mediaPath: clip.path,
          outDir,
          pipeline,
          config,
          ...(device && { device }),
          ...(segments && { segments }),
        },
        { signal, log, onProgress: (progress) => onProgress(analysisProgress(progress)) },
      );
    },
  });
}
