import { sql, type Kysely } from "kysely";
import { participantsAtOnce, type StudyView } from "../../shared/protocol/studyRoutes.ts";
import { ofParticipants } from "./gazeCalibrations.ts";
import type { Tables } from "./schema.ts";
import { existing } from "./studyRows.ts";
import { groupBy, readSessions } from "./studySessions.ts";

/** A study with some of its participants. */
export interface StudyPiece {
  readonly study: StudyView;
  /** Where the next ones begin, where there are more. */
  readonly next?: string;
}

/** In the order in which they were added; times are told to the millisecond. */
const createdMs = sql<Date>`date_trunc('milliseconds', created_at)`;

/**
 * A study with what belongs to its first {@link participantsAtOnce} participants, or to those behind `after`, without those that
 * are being removed.
 * @throws AppError `not_found`
 */
export async function readStudyPiece(db: Kysely<Tables>, id: string, after?: string): Promise<StudyPiece> {
  return db.transaction().execute(async (t) => {
    const study = await existing(t, id);
    const texts = await t
      .selectFrom("consent_texts")
      .select(["version", "text"])
      .where("study_id", "=", id)
      .orderBy("position")
      .execute();
    let people = t
      .selectFrom("participants")
      .selectAll()
      .where("study_id", "=", id)
      .where("deleting", "=", false);
    if (after !== undefined) {
      const [createdAt, last] = after.split(" ");
      people = people.where(sql<boolean>`(${createdMs}, id) > (${createdAt}::timestamptz, ${last})`);
    }
    const rows = await people
      .orderBy(createdMs)
      .orderBy("id")
      .limit(participantsAtOnce + 1)
      .execute();
    const shown = rows.slice(0, participantsAtOnce);
    const of = shown.map((row) => row.id);
    const sessions = groupBy(await readSessions(t, id, { of }), ({ participant }) => participant);
    const calibrations = await ofParticipants(t, id, of);
    const calibrationOf = (row: { readonly id: string }) => {
      const gazeCalibration = calibrations.get(row.id);
      return gazeCalibration && { gazeCalibration };
    };
    const last = shown.at(-1);
    return {
      study: {
        id,
        name: study.name,
        createdAt: study.created_at.toISOString(),
        consentVersions: texts,
        participants: shown.map((row) => ({
          id: row.id,
          createdAt: row.created_at.toISOString(),
          ...(row.retain_until && { retainUntil: row.retain_until.toISOString() }),
          ...(row.consent && { consent: row.consent }),
          covariates: row.covariates,
          ...calibrationOf(row),
          sessions: (sessions.get(row.id) ?? []).map(({ view }) => view),
        })),
      },
      ...(rows.length > shown.length && last && { next: `${last.created_at.toISOString()} ${last.id}` }),
    };
  });
}
