import { randomUUID } from "node:crypto";
import path from "node:path";
import { sql, type Kysely, type Transaction } from "kysely";
import { AppError } from "../../shared/errors.ts";
import type { Analysis } from "../../shared/protocol/results.ts";
import type { Study, StudySession } from "../../shared/protocol/study.ts";
import { analysisJob } from "./analyses.ts";
import { endedRow } from "./jobs.ts";
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
              .map(({ id: one, role }) => ({ id: one, role })),
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

/**
 * Writes the rows of a study that came as an archive, and of its analyses.
 * @throws AppError `conflict` when the study, or something of it, is there already
 */
export async function insertStudyRecord(
  t: Transaction<Tables>,
  { study, cutoffs }: { study: Study; cutoffs: string | undefined },
  analyses: readonly Analysis[],
  recordingFolder: (id: string) => string,
): Promise<void> {
  const { id, name, createdAt, consentVersions, participants } = study;
  await refuseKnown(t, study);
  await t
    .insertInto("studies")
    .values({ id, name, created_at: new Date(createdAt), cutoffs: cutoffs ?? null })
    .execute();
  for (const [position, { version, text }] of consentVersions.entries())
    await t.insertInto("consent_texts").values({ study_id: id, version, position, text }).execute();
  const recordings = new Map(
    participants.flatMap(({ sessions }) =>
      sessions.flatMap((session) => session.recordings.map((one) => [one.id, one.name] as const)),
    ),
  );
  for (const { id: analysis, pipeline, config, media, run } of analyses) {
    // A clip that was recorded came along; of others there is a name and no path.
    const mediaPath = recordings.has(analysis)
      ? path.join(recordingFolder(analysis), path.basename(recordings.get(analysis)!))
      : media.name;
    const startedAt = new Date(run.startedAt);
    const times = { createdAt: startedAt, finishedAt: new Date(run.finishedAt) };
    const asked = analysisJob({ mediaPath, pipeline, config });
    const row = endedRow(analysis, asked, { state: "done", startedAt }, times);
    await t.insertInto("jobs").values(row).execute();
  }
  for (const person of participants) {
    await t
      .insertInto("participants")
      .values({
        study_id: id,
        id: person.id,
        created_at: new Date(person.createdAt),
        retain_until: person.retainUntil === undefined ? null : new Date(person.retainUntil),
        consent: person.consent === undefined ? null : JSON.stringify(person.consent),
        covariates: JSON.stringify(person.covariates),
      })
      .execute();
    for (const session of person.sessions) await insertSessionRecord(t, id, person.id, session);
    for (const report of person.selfReports ?? []) {
      await t
        .insertInto("self_reports")
        .values({
          id: randomUUID(),
          session_id: report.sessionId,
          analysis_id: report.analysisId,
          start_ms: report.startMs,
          end_ms: report.endMs,
          label: report.label,
        })
        .execute();
    }
  }
}

async function insertSessionRecord(
  t: Transaction<Tables>,
  study: string,
  participant: string,
  { id, startedAt, label, analyses, recordings, response }: StudySession,
): Promise<void> {
  await t
    .insertInto("study_sessions")
    .values({
      id,
      study_id: study,
      participant_id: participant,
      started_at: new Date(startedAt),
      label: label ?? null,
    })
    .execute();
  for (const one of analyses)
    await t
      .insertInto("session_analyses")
      .values({ analysis_id: one.id, session_id: id, role: one.role })
      .execute();
  for (const one of recordings)
    await t
      .insertInto("session_recordings")
      .values({ recording_id: one.id, session_id: id, name: one.name, sha256: one.sha256 ?? null })
      .execute();
  if (response === undefined) return;
  await t
    .insertInto("responses")
    .values({
      session_id: id,
      id: response.id,
      source: response.source,
      items: JSON.stringify(response.items),
      completed_at: new Date(response.completedAt),
    })
    .execute();
}

async function refuseKnown(t: Transaction<Tables>, study: Study): Promise<void> {
  const sessions = study.participants.flatMap((person) => person.sessions);
  const ids = {
    studies: [study.id],
    study_sessions: sessions.map(({ id }) => id),
    analyses: sessions.flatMap(({ analyses }) => analyses.map(({ id }) => id)),
    session_recordings: sessions.flatMap(({ recordings }) => recordings.map(({ id }) => id)),
    responses: sessions.flatMap(({ response }) => response?.id ?? []),
  };
  for (const [table, wanted] of Object.entries(ids)) {
    if (new Set(wanted).size !== wanted.length)
      throw new AppError("invalid_request", `An id stands twice in study.json (${table}). Export it again.`);
    const column = table === "session_recordings" ? "recording_id" : "id";
    const { rows } = await sql<{ id: string }>`
      select ${sql.ref(column)}::text as id from ${sql.table(table)}
      where ${sql.ref(column)}::text = any(${wanted}::text[]) limit 1`.execute(t);
    if (rows[0] === undefined) continue;
    throw new AppError(
      "conflict",
      `The study, or a part of it (${rows[0].id}), is here already. Delete that study first.`,
    );
  }
}
