import type { Kysely } from "kysely";
import type { StudyView } from "../../shared/protocol/studyRoutes.ts";
import type { Tables } from "./schema.ts";
import { existing } from "./studyRows.ts";
import { groupBy, readSessions } from "./studySessions.ts";

/** A study with all that belongs to it and is not being removed. @throws AppError `not_found` */
export async function readStudyView(db: Kysely<Tables>, id: string): Promise<StudyView> {
  return db.transaction().execute(async (t) => {
    const study = await existing(t, id);
    const texts = await t
      .selectFrom("consent_texts")
      .select(["version", "text"])
      .where("study_id", "=", id)
      .orderBy("position")
      .execute();
    const participants = await t
      .selectFrom("participants")
      .selectAll()
      .where("study_id", "=", id)
      .where("deleting", "=", false)
      .orderBy("created_at")
      .orderBy("id")
      .execute();
    const sessions = groupBy(await readSessions(t, id), ({ participant }) => participant);
    return {
      id,
      name: study.name,
      createdAt: study.created_at.toISOString(),
      consentVersions: texts,
      participants: participants.map((row) => ({
        id: row.id,
        createdAt: row.created_at.toISOString(),
        ...(row.retain_until && { retainUntil: row.retain_until.toISOString() }),
        ...(row.consent && { consent: row.consent }),
        covariates: row.covariates,
        sessions: (sessions.get(row.id) ?? []).map(({ view }) => view),
      })),
    };
  });
}
