import { sql, type Kysely } from "kysely";
import type { Deletion } from "../../shared/protocol/analyses.ts";
import type { Tables } from "./schema.ts";

/**
 * The study that an analysis belongs to, or else the study of a recording; and how many momentary self-reports of that
 * session refer to the analysis.
 */
export async function studyOf(
  db: Kysely<Tables>,
  analysis: string,
  recording?: string,
): Promise<Deletion["study"]> {
  const session = await sessionOf(db, analysis, recording);
  if (session === undefined) return undefined;
  return db
    .selectFrom("study_sessions")
    .innerJoin("studies", "studies.id", "study_sessions.study_id")
    .select(["studies.name", "study_sessions.participant_id as participant"])
    .select((e) =>
      e
        .selectFrom("self_reports")
        .where("session_id", "=", session)
        .where("analysis_id", "=", analysis)
        .select(sql<number>`count(*)::int`.as("n"))
        .$asScalar()
        .$notNull()
        .as("selfReports"),
    )
    .where("study_sessions.id", "=", session)
    .executeTakeFirst();
}

/** Takes a recording out of its study session. */
export async function unlinkRecording(db: Kysely<Tables>, recording: string): Promise<void> {
  await db.deleteFrom("session_recordings").where("recording_id", "=", recording).execute();
}

async function sessionOf(
  db: Kysely<Tables>,
  analysis: string,
  recording: string | undefined,
): Promise<string | undefined> {
  const linked = await db
    .selectFrom("session_analyses")
    .select("session_id")
    .where("analysis_id", "=", analysis)
    .executeTakeFirst();
  if (linked !== undefined || recording === undefined) return linked?.session_id;
  const kept = await db
    .selectFrom("session_recordings")
    .select("session_id")
    .where("recording_id", "=", recording)
    .executeTakeFirst();
  return kept?.session_id;
}
