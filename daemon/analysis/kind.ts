import { newAnalysisSchema, type AnalysisProgress } from "../../shared/protocol/analyses.ts";
import type { Pipeline } from "../../shared/protocol/pipelines.ts";

import { defineKind, type JobKind } from "../jobs/kind.ts";
import { analysisProgress } from "../store/analyses.ts";
import type { Roots } from "../store/roots.ts";

export interface RunRequest {
  readonly id: string;
  readonly mediaPath: string;
  /** Empty, and this run's alone. */
  readonly outDir: string;
  readonly pipeline: Pipeline;
  readonly config: Record<string, unknown>;
}

/** Runs one analysis; its files are complete when the promise is fulfilled. */
export type Runner = (
  request: RunRequest,
  context: { signal: AbortSignal; onProgress: (progress: AnalysisProgress) => void },
) => Promise<unknown>;

/** The kind of jobs that reads a clip: `atOnce` of them at a time in this process. */
export function analysisKind(run: Runner, roots: Roots, atOnce: number): JobKind {
  return defineKind({
    ...{
      name: "analysis",
      folder: "analyses",
      atOnce,
      triedAgain: true,
      request: newAnalysisSchema.pick({ mediaPath: true, pipeline: true, config: true }),
    },
    async run({ mediaPath, pipeline, config }, { id, outDir, signal, onProgress }) {
      // The grant may have been taken back meanwhile.
      const clip = await roots.resolve(mediaPath);
      await run(
        { id, mediaPath: clip, outDir, pipeline, config },
        { signal, onProgress: (progress) => onProgress(analysisProgress(progress)) },
      );
    },
  });
}
