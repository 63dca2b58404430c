import type { Kysely } from "kysely";
import { AppError } from "../../shared/errors.ts";
import type { AnalysisProgress } from "../../shared/protocol/analyses.ts";
import type { SelfReport } from "../../shared/protocol/studyFile.ts";
import { newId } from "./newId.ts";
import type { Tables } from "./schema.ts";
import { existingSession, type Db } from "./studyRows.ts";

const slackMs = 1000;

type Part = Pick<SelfReport, "sessionId" | "analysisId" | "startMs" | "endMs">;

/** The rows of momentary self-reports. */
export class SelfReports {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /**
   * Another answer for the same part takes the place of the first.
   * @throws AppError `invalid_request` for a part that ends before it starts or after the clip, `not_found` for an
   * analysis that is not one of the session
   */
  async set(report: SelfReport): Promise<void> {
    const { sessionId, analysisId, startMs, endMs, label } = report;
    if (endMs <= startMs)
      throw new AppError("invalid_request", "The part ends before it starts. Give a later end.");
    await this.#db.transaction().execute(async (t) => {
      await existingSession(t, sessionId);
      const linked = await t
        .selectFrom("session_analyses")
        .innerJoin("analyses", "analyses.id", "session_analyses.analysis_id")
        .select("progress")
        .where("session_id", "=", sessionId)
        .where("analysis_id", "=", analysisId)
        // One writer after the other: the second sees what the first wrote.
        .forUpdate("session_analyses")
        .executeTakeFirst();
      if (linked === undefined)
        throw new AppError("not_found", "The session has no such analysis. Link it to the session first.");
      refuseBeyondClip(endMs, linked.progress);
      await remove(t, report);
      await t
        .insertInto("self_reports")
        .values({
          ...{ id: newId(), session_id: sessionId, analysis_id: analysisId },
          ...{ start_ms: startMs, end_ms: endMs, label },
        })
        .execute();
    });
  }

  /** @throws AppError `not_found` */
  async remove(part: Part): Promise<void> {
    await existingSession(this.#db, part.sessionId);
    if (!(await remove(this.#db, part)))
      throw new AppError("not_found", "There is no self-report of this part. Reload the study.");
  }
}

/** A clip may go on a little longer than its container says. An analysis that came in an archive does not know its end. */
function refuseBeyondClip(endMs: number, progress: AnalysisProgress | null): void {
  const clipEndMs = Math.max(progress?.durationMs ?? 0, progress?.timeMs ?? 0);
  if (clipEndMs === 0 || endMs <= clipEndMs + slackMs) return;
  throw new AppError(
    "invalid_request",
    `The part ends after the clip, which is ${(clipEndMs / 1000).toFixed(1)} s long. Give an earlier end.`,
  );
}

async function remove(db: Db, { sessionId, analysisId, startMs, endMs }: Part): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("self_reports")
    .where("session_id", "=", sessionId)
    .where("analysis_id", "=", analysisId)
    .where("start_ms", "=", startMs)
    .where("end_ms", "=", endMs)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
