import path from "node:path";
import { sql, type Kysely } from "kysely";
import {
  newAnalysisSchema,
  type AnalysisProgress,
  type AnalysisRecord,
  type NewAnalysis,
} from "../../shared/protocol/analyses.ts";
import type { Job, JobProgress } from "../../shared/protocol/jobs.ts";
import type { NewJob } from "./jobRows.ts";
import type { Tables } from "./schema.ts";

/** What is asked when a clip is to be analysed, as a job. */
export function analysisJob({ priority, owner, ...request }: NewAnalysis): NewJob {
  return { kind: "analysis", request, priority, owner };
}

/** How far an analysis is, as the progress of a job. */
export function analysisProgress(detail: AnalysisProgress): JobProgress {
  const { timeMs, durationMs, hashedShare = 1 } = detail;
  const hashing = timeMs >= durationMs && hashedShare < 1;
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  return {
    ...(durationMs > 0 && { share: Math.min(1, timeMs / durationMs) }),
    text: hashing
      ? `reading the clip for its hash, ${Math.round(100 * hashedShare)} %`
      : durationMs > 0
        ? `${seconds(timeMs)} of ${seconds(durationMs)} s`
        : `${seconds(timeMs)} s`,
    detail: { ...detail },
  };
}

/** A job of the kind `analysis` as routes and sockets tell it. */
export function toAnalysis({ id, request, progress, ...job }: Job): AnalysisRecord {
  const { mediaPath, pipeline, config, device } = newAnalysisSchema.parse(request);
  return {
    ...{ id, state: job.state, pipeline, mediaPath, mediaName: path.basename(mediaPath), config },
    ...(device && { device }),
    ...(progress?.detail && { progress: progress.detail as AnalysisProgress }),
    ...(job.failure && { failure: job.failure }),
    createdAt: job.createdAt,
    ...(job.startedAt !== undefined && { startedAt: job.startedAt }),
    ...(job.finishedAt !== undefined && { finishedAt: job.finishedAt }),
  };
}

/** Ids and clips of the analyses whose clip has this in its path. */
export async function listByPath(
  db: Kysely<Tables>,
  part: string,
): Promise<{ id: string; mediaPath: string }[]> {
  return db
    .selectFrom("analyses")
    .select(["id", "media_path as mediaPath"])
    .where(sql<boolean>`position(${part} in media_path) > 0`)
    .execute();
}
