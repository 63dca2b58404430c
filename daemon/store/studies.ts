import path from "node:path";
import { sql, type Kysely, type Transaction } from "kysely";
import { AppError } from "../../shared/errors.ts";
import type { SessionView, StudySummary } from "../../shared/protocol/studyRoutes.ts";
import { studyIdSchema, type Participant, type StudySession } from "../../shared/protocol/studyFile.ts";
import { recordingOf } from "./files.ts";
import { newId } from "./newId.ts";
import type { Tables } from "./schema.ts";
import {
  existing,
  existingParticipant,
  existingSession,
  existingVersion,
  insertSession,
  type ParticipantKey,
} from "./studyRows.ts";
import { readSessions } from "./studySessions.ts";
import { readStudyPiece, type StudyPiece } from "./studyView.ts";

type Link = StudySession["analyses"][number];

/** As `isCounted` of shared/beq says it. */
const counted = sql<boolean>`(participants.consent is not null
  or not exists (select 1 from consent_texts where consent_texts.study_id = participants.study_id))`;

/** The rows of studies, participants and sessions. What is being removed is not seen any more. */
export class Studies {
  readonly #db: Kysely<Tables>;
  readonly #dataDir: string;

  constructor(db: Kysely<Tables>, dataDir: string) {
    this.#db = db;
    this.#dataDir = dataDir;
  }

  async list(): Promise<StudySummary[]> {
    const rows = await this.#db
      .selectFrom("studies")
      .select(["id", "name", "created_at"])
      .select((e) => [
        e
          .selectFrom("participants")
          .whereRef("participants.study_id", "=", "studies.id")
          .where("participants.deleting", "=", false)
          .select(sql<number>`count(*)::int`.as("n"))
          .as("participants"),
        e
          .selectFrom("participants")
          .whereRef("participants.study_id", "=", "studies.id")
          .where("participants.deleting", "=", false)
          .where(counted)
          .select(sql<number>`count(*)::int`.as("n"))
          .as("consented"),
        e
          .selectFrom("responses")
          .innerJoin("study_sessions", "study_sessions.id", "responses.session_id")
          .innerJoin("participants", (join) =>
            join
              .onRef("participants.study_id", "=", "study_sessions.study_id")
              .onRef("participants.id", "=", "study_sessions.participant_id"),
          )
          .whereRef("study_sessions.study_id", "=", "studies.id")
          .where(counted)
          .where("responses.completed_at", "is not", null)
          .select(sql<number>`count(*)::int`.as("n"))
          .as("responses"),
      ])
      .where("deleting", "=", false)
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .execute();
    return rows.map(({ created_at, participants, consented, responses, ...row }) => ({
      ...row,
      createdAt: created_at.toISOString(),
      participants: participants ?? 0,
      consented: consented ?? 0,
      responses: responses ?? 0,
    }));
  }

  async create(name: string, consentText: string): Promise<string> {
    const id = newId();
    await this.#db.transaction().execute(async (t) => {
      await t.insertInto("studies").values({ id, name, created_at: new Date(), cutoffs: null }).execute();
      await addConsentText(t, id, consentText);
    });
    return id;
  }

  /** @throws AppError `not_found` */
  get(id: string, after?: string): Promise<StudyPiece> {
    return readStudyPiece(this.#db, id, after);
  }

  /** @throws AppError `not_found` */
  async nameOf(id: string): Promise<string> {
    return (await existing(this.#db, id)).name;
  }

  async addConsentText(study: string, text: string): Promise<void> {
    await this.#db.transaction().execute(async (t) => {
      await existing(t, study);
      await addConsentText(t, study, text);
    });
  }

  async setCutoffs(study: string, text: string): Promise<void> {
    await existing(this.#db, study);
    await this.#db.updateTable("studies").set({ cutoffs: text }).where("id", "=", study).execute();
  }

  /** All or none. @throws AppError `conflict` that names those who are there already. */
  async addParticipants(study: string, ids: readonly string[], retainUntil?: string): Promise<void> {
    await this.#db.transaction().execute(async (t) => {
      await existing(t, study);
      const added = await t
        .insertInto("participants")
        .values(
          // One row each, so that a doubled id in the request counts as there already.
          [...new Set(ids)].map((id) => ({
            study_id: study,
            id,
            created_at: new Date(),
            retain_until: retainUntil === undefined ? null : new Date(retainUntil),
            consent: null,
            covariates: "{}",
          })),
        )
        .onConflict((c) => c.columns(["study_id", "id"]).doNothing())
        .returning("id")
        .execute();
      const fresh = new Set(added.map(({ id }) => id));
      const known = ids.filter((id, i) => !fresh.has(id) || ids.indexOf(id) !== i);
      if (known.length > 0) {
        throw new AppError(
          "conflict",
          `In the study already, or named twice: ${known.slice(0, 20).join(", ")}. Nobody was added; leave these out.`,
        );
      }
    });
  }

  /** @throws AppError `not_found`, `invalid_request` for a version of the consent text that does not exist */
  async updateParticipant(
    key: ParticipantKey,
    change: {
      retainUntil?: string | null | undefined;
      covariates?: Participant["covariates"] | undefined;
      consent?: Participant["consent"];
    },
  ): Promise<void> {
    const { retainUntil, covariates, consent } = change;
    await this.#db.transaction().execute(async (t) => {
      await existingParticipant(t, key);
      if (consent !== undefined) await existingVersion(t, key.study, consent.version);
      const set = {
        ...(retainUntil !== undefined && {
          retain_until: retainUntil === null ? null : new Date(retainUntil),
        }),
        ...(covariates !== undefined && { covariates: JSON.stringify(covariates) }),
        ...(consent !== undefined && { consent: JSON.stringify(consent) }),
      };
      if (Object.keys(set).length === 0) return;
      await t
        .updateTable("participants")
        .set(set)
        .where("study_id", "=", key.study)
        .where("id", "=", key.participant)
        .execute();
    });
  }

  /** @throws AppError `not_found`, `conflict` without the participant's consent */
  async requireConsent(key: ParticipantKey): Promise<void> {
    if ((await existingParticipant(this.#db, key)).consent === null) throw noConsent(key.participant);
  }

  async addSession(key: ParticipantKey): Promise<SessionView> {
    return this.#db.transaction().execute(async (t) => {
      await existingParticipant(t, key);
      const id = await insertSession(t, key);
      const [session] = await readSessions(t, key.study, { only: id });
      return session!.view;
    });
  }

  /**
   * Linking again changes role and face. A clip that EDIN recorded is linked along, unless it is in a session already.
   * @throws AppError `not_found`, `conflict` when it belongs to another session or before the participant's consent
   */
  async linkAnalysis(session: string, link: Link): Promise<void> {
    await this.#db.transaction().execute((t) => linkAnalysisIn(t, this.#dataDir, session, link));
  }

  async isLinked(session: string, analysis: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom("session_analyses")
      .select("analysis_id")
      .where("session_id", "=", session)
      .where("analysis_id", "=", analysis)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** The recording that it reads goes along, unless another analysis of the session reads it. */
  async unlinkAnalysis(session: string, analysis: string): Promise<void> {
    await this.#db.transaction().execute(async (t) => {
      await existingSession(t, session);
      await t
        .deleteFrom("session_analyses")
        .where("session_id", "=", session)
        .where("analysis_id", "=", analysis)
        .execute();
      const found = await t
        .selectFrom("analyses")
        .select("media_path")
        .where("id", "=", analysis)
        .executeTakeFirst();
      // Of a clip in another data folder only this is known: a recording has the id of its first analysis.
      const recording = (found && (await recordingOf(this.#dataDir, found.media_path))) ?? analysis;
      await this.#releaseRecording(t, session, recording);
    });
  }

  /** Takes a recording out of a session without linked readers, into the session of one where there is any. */
  async #releaseRecording(t: Transaction<Tables>, session: string, recording: string): Promise<void> {
    const linked = await t
      .selectFrom("session_analyses")
      .innerJoin("analyses", "analyses.id", "session_analyses.analysis_id")
      .select(["session_id", "media_path"])
      .where(sql<boolean>`position(${recording} in media_path) > 0`)
      .orderBy("analyses.created_at")
      .orderBy("analyses.id")
      .execute();
    const sessions: string[] = [];
    for (const { session_id, media_path } of linked)
      if ((await recordingOf(this.#dataDir, media_path)) === recording) sessions.push(session_id);
    if (sessions.includes(session)) return;
    const [next] = sessions;
    const link = sql<boolean>`session_id = ${session} and recording_id = ${recording}`;
    if (next === undefined) await t.deleteFrom("session_recordings").where(link).execute();
    else await t.updateTable("session_recordings").set({ session_id: next }).where(link).execute();
  }

  /** Whose time has passed. */
  async listExpired(now: Date): Promise<(ParticipantKey & { retainUntil: string })[]> {
    const rows = await this.#db
      .selectFrom("participants")
      .select(["study_id", "id", "retain_until"])
      .where("retain_until", "<=", now)
      .where("deleting", "=", false)
      .orderBy("retain_until")
      .execute();
    return rows.map((row) => ({
      study: row.study_id,
      participant: row.id,
      retainUntil: row.retain_until!.toISOString(),
    }));
  }
}

async function addConsentText(t: Transaction<Tables>, study: string, text: string): Promise<void> {
  const { next } = await t
    .selectFrom("consent_texts")
    .where("study_id", "=", study)
    .select(sql<number>`(coalesce(max(position), -1) + 1)::int`.as("next"))
    .executeTakeFirstOrThrow();
  await t
    .insertInto("consent_texts")
    .values({ study_id: study, version: String(next + 1), position: next, text })
    .execute();
}

const noConsent = (participant: string): AppError =>
  new AppError(
    "conflict",
    `${participant} has not given consent: nothing is linked before. Open the form and agree there, or take down consent that was given on paper.`,
  );

/** {@link Studies.linkAnalysis} inside a transaction. @throws AppError as that */
export async function linkAnalysisIn(
  t: Transaction<Tables>,
  dataDir: string,
  session: string,
  { id: analysis, role, face }: Link,
): Promise<void> {
  const key = await existingSession(t, session);
  if ((await existingParticipant(t, key)).consent === null) throw noConsent(key.participant);
  const found = await t
    .selectFrom("analyses")
    .select("media_path")
    .where("id", "=", analysis)
    .executeTakeFirst();
  if (found === undefined)
    throw new AppError("not_found", "There is no such analysis. Reload the list of analyses.");
  const row = await t
    .insertInto("session_analyses")
    .values({ analysis_id: analysis, session_id: session, role, face: face ?? null })
    .onConflict((c) =>
      c
        .column("analysis_id")
        .doUpdateSet({ role, face: face ?? null })
        .where("session_analyses.session_id", "=", session),
    )
    .returning("analysis_id")
    .executeTakeFirst();
  if (row === undefined)
    throw new AppError("conflict", "This analysis belongs to another session. Remove it there first.");
  const recording = await recordingOf(dataDir, found.media_path);
  if (!studyIdSchema.safeParse(recording).success) return;
  await t
    .insertInto("session_recordings")
    .values({
      ...{ recording_id: recording!, session_id: session, sha256: null },
      name: path.basename(found.media_path),
    })
    .onConflict((c) => c.column("recording_id").doNothing())
    .execute();
}
