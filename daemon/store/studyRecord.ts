import { sql, type Kysely } from "kysely";
import type { Participant, Study, StudySession } from "../../shared/protocol/studyFile.ts";
import type { StudyView } from "../../shared/protocol/studyRoutes.ts";
import type { Tables } from "./schema.ts";
import { existing } from "./studyRows.ts";
import { readStudyPiece } from "./studyView.ts";

/** A study as its archive holds it. */
export interface StudyRecord {
  /** `study.json` in pieces of some participants each, one a line: nobody has to hold up others with the whole of it. */
  readonly json: readonly string[];
  readonly cutoffs: string | undefined;
  /** Ids of what has files of its own. */
  readonly analyses: readonly string[];
  readonly recordings: readonly string[];
}

/**
 * Reads a study with its completed forms and with analyses that are done, some participants at a time.
 * @throws AppError `not_found`
 */
export async function readStudyRecord(db: Kysely<Tables>, id: string): Promise<StudyRecord> {
  const { name, created_at, cutoffs } = await existing(db, id);
  const portable = await portableParticipants(db, id);
  const json: string[] = [];
  const sessions: StudySession[] = [];
  for (let after: string | undefined, more = true; more;) {
    const { study, next } = await readStudyPiece(db, id, after);
    const { consentVersions } = study;
    const people = study.participants.map(portable);
    if (json.length === 0) {
      const createdAt = created_at.toISOString();
      const empty: Study = { schemaVersion: 1, id, name, createdAt, consentVersions, participants: [] };
      json.push(JSON.stringify(empty).slice(0, -"]}".length));
    }
    const lines = people.map((person) => `\n${JSON.stringify(person)}`).join();
    json.push(after === undefined || lines === "" ? lines : `,${lines}`);
    for (const person of people) sessions.push(...person.sessions);
    after = next;
    more = next !== undefined;
  }
  return {
    json: [...json, "\n]}\n"],
    cutoffs: cutoffs ?? undefined,
    analyses: sessions.flatMap((session) => session.analyses.map((one) => one.id)),
    recordings: sessions.flatMap((session) => session.recordings.map((one) => one.id)),
  };
}

/** Makes what is shown of a participant into what their archive holds. */
async function portableParticipants(
  db: Kysely<Tables>,
  id: string,
): Promise<(shown: StudyView["participants"][number]) => Participant> {
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
  return ({ sessions, ...person }) => {
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
  };
}
