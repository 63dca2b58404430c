import { sql, type Kysely } from "kysely";
import type { Study, StudySession } from "../../shared/protocol/studyFile.ts";
import type { Tables } from "./schema.ts";
import { existing } from "./studyRows.ts";
import { readStudyView } from "./studyView.ts";

/**
 * A study as its archive holds it: with completed forms and with analyses that are done.
 * @throws AppError `not_found`
 */
export async function readStudyRecord(
  db: Kysely<Tables>,
  id: string,
): Promise<{ study: Study; cutoffs: string | undefined }> {
  const view = await readStudyView(db, id);
  const { cutoffs } = await existing(db, id);
  const inStudy = sql<boolean>`session_id in (select id from study_sessions where study_id = ${id})`;
  const done = await db
    .selectFrom("session_analyses")
    .innerJoin("analyses", "analyses.id", "session_analyses.analysis_id")
    .select("analyses.id")
    .where(inStudy)
    .where("state", "=", "done")
    .execute();
  const isDone = new Set(done.map((row) => row.id));
  const recordings = await db.selectFrom("session_recordings").selectAll().where(inStudy).execute();
  const hashOf = new Map(recordings.map((row) => [row.recording_id, row.sha256]));
  const participants = view.participants.map(({ sessions, ...person }) => {
    const selfReports = sessions.flatMap((session) =>
      session.selfReports
        .filter((report) => isDone.has(report.analysisId))
        .map((report) => ({ sessionId: session.id, ...report })),
    );
    return {
      ...person,
      sessions: sessions.map(
        ({ id: session, startedAt, label, analyses, recordings: files, response }): StudySession => {
          const completedAt = response?.completedAt;
          return {
            id: session,
            startedAt,
            ...(label !== undefined && { label }),
            analyses: analyses
              .filter((one) => isDone.has(one.id))
              .map(({ id: one, role, face, condition, stimulus, spans }) => ({
                ...{ id: one, role },
                ...(face !== undefined && { face }),
                ...(condition !== undefined && { condition }),
                ...(stimulus !== undefined && { stimulus }),
                ...(spans !== undefined && { spans }),
              })),
            ...(response && completedAt !== undefined && { response: { ...response, completedAt } }),
            recordings: files.map(({ id: file, name }) => {
              const sha256 = hashOf.get(file);
              return { id: file, name, ...(sha256 != null && { sha256 }) };
            }),
          };
        },
      ),
      ...(selfReports.length > 0 && { selfReports }),
    };
  });
  const { name, createdAt, consentVersions } = view;
  return {
    study: { schemaVersion: 1, id, name, createdAt, consentVersions, participants },
    cutoffs: cutoffs ?? undefined,
  };
}
