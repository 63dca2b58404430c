import type { Kysely, Transaction } from "kysely";
import { AppError } from "../../shared/errors.ts";
import { newId } from "./newId.ts";
import type { Tables } from "./schema.ts";

/** The database, or a transaction of it. */
export type Db = Kysely<Tables> | Transaction<Tables>;

export interface ParticipantKey {
  readonly study: string;
  readonly participant: string;
}

/** The row of a study that is not being removed. @throws AppError `not_found` */
export async function existing(db: Db, id: string) {
  const row = await db
    .selectFrom("studies")
    .selectAll()
    .where("id", "=", id)
    .where("deleting", "=", false)
    .executeTakeFirst();
  if (row === undefined) throw new AppError("not_found", "There is no such study. See: edin study list");
  return row;
}

/** The row of a participant. @throws AppError `not_found` */
export async function existingParticipant(db: Db, { study, participant }: ParticipantKey) {
  await existing(db, study);
  const row = await db
    .selectFrom("participants")
    .selectAll()
    .where("study_id", "=", study)
    .where("id", "=", participant)
    .where("deleting", "=", false)
    .executeTakeFirst();
  if (row === undefined)
    throw new AppError("not_found", `The study has no participant ${participant}. Check the pseudonym.`);
  return row;
}

/** The participant of a session. @throws AppError `not_found` */
export async function existingSession(db: Db, id: string): Promise<ParticipantKey> {
  const row = await db
    .selectFrom("study_sessions")
    .innerJoin("participants", (join) =>
      join
        .onRef("participants.study_id", "=", "study_sessions.study_id")
        .onRef("participants.id", "=", "study_sessions.participant_id"),
    )
    .innerJoin("studies", "studies.id", "study_sessions.study_id")
    .select(["study_sessions.study_id", "study_sessions.participant_id"])
    .where("study_sessions.id", "=", id)
    .where("participants.deleting", "=", false)
    .where("studies.deleting", "=", false)
    .executeTakeFirst();
  if (row === undefined) throw new AppError("not_found", "There is no such session. Reload the study.");
  return { study: row.study_id, participant: row.participant_id };
}

/** Clips that are linked to participants, each with its analysis, session and participant. */
export const linkedClips = (db: Db) =>
  db
    .selectFrom("session_analyses")
    .innerJoin("analyses", "analyses.id", "session_analyses.analysis_id")
    .innerJoin("study_sessions", "study_sessions.id", "session_analyses.session_id")
    .innerJoin("participants", (join) =>
      join
        .onRef("participants.study_id", "=", "study_sessions.study_id")
        .onRef("participants.id", "=", "study_sessions.participant_id"),
    )
    .where("participants.deleting", "=", false);

/** The text of a version, or the last one. @throws AppError `invalid_request` */
export async function existingVersion(db: Db, study: string, version?: string) {
  let query = db.selectFrom("consent_texts").select(["version", "text"]).where("study_id", "=", study);
  if (version !== undefined) query = query.where("version", "=", version);
  const row = await query.orderBy("position", "desc").limit(1).executeTakeFirst();
  if (row === undefined) {
    throw new AppError(
      "invalid_request",
      version === undefined
        ? "The study has no consent text. Add one first."
        : `The study has no version ${version} of the consent text. \`edin study show\` names the newest.`,
    );
  }
  return row;
}

/** Adds a session to a participant, inside of a transaction. */
export async function insertSession(
  t: Transaction<Tables>,
  { study, participant }: ParticipantKey,
  label?: string,
): Promise<string> {
  const id = newId();
  await t
    .insertInto("study_sessions")
    .values({
      id,
      study_id: study,
      participant_id: participant,
      started_at: new Date(),
      label: label ?? null,
    })
    .execute();
  return id;
}
