import path from "node:path";
import { sql, type Kysely, type Transaction } from "kysely";
import { AppError } from "../../shared/errors.ts";
import type { Analysis } from "../../shared/protocol/results.ts";
import type { Participant, Study, StudySession } from "../../shared/protocol/studyFile.ts";
import { analysisJob } from "./analyses.ts";
import { insertAll } from "./insertAll.ts";
import { endedRow } from "./jobRows.ts";
import { newId } from "./newId.ts";
import type { Tables } from "./schema.ts";
import { insertSpans } from "./clipFacts.ts";
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
  const ended = analyses.map(({ id: analysis, pipeline, config, media, run }) => {
    // A clip that was recorded came along; of others there is a name and no path.
    const mediaPath = recordings.has(analysis)
      ? path.join(recordingFolder(analysis), recordings.get(analysis)!)
      : fileName(media.name);
    const startedAt = new Date(run.startedAt);
    const times = { createdAt: startedAt, finishedAt: new Date(run.finishedAt) };
    const { kind, request } = analysisJob({ mediaPath, pipeline, config });
    return { ...endedRow(analysis, { kind, request }, { state: "done", startedAt }, times), request };
  });
  await insertAll(t, "jobs", jobColumns, ended);
  await insertPeople(t, id, participants);
}

const instant = "timestamptz";
const jobColumns = {
  ...{ id: "uuid", kind: "text", state: "text", request: "jsonb" },
  ...{ created_at: instant, queued_at: instant, started_at: instant, finished_at: instant },
};

async function insertPeople(
  t: Transaction<Tables>,
  study: string,
  participants: readonly Participant[],
): Promise<void> {
  const sessions = participants.flatMap((person) =>
    person.sessions.map((session) => ({ ...session, participant: person.id })),
  );
  await insertAll(
    t,
    "participants",
    {
      ...{ study_id: "text", id: "text", created_at: instant, retain_until: instant },
      ...{ consent: "jsonb", covariates: "jsonb" },
    },
    participants.map((person) => ({
      ...{ study_id: study, id: person.id, created_at: person.createdAt, retain_until: person.retainUntil },
      ...{ consent: person.consent, covariates: person.covariates },
    })),
  );
  await insertAll(
    t,
    "study_sessions",
    { id: "text", study_id: "text", participant_id: "text", started_at: instant, label: "text" },
    sessions.map(({ id, participant, startedAt, label }) => ({
      ...{ id, study_id: study, participant_id: participant, started_at: startedAt, label },
    })),
  );
  await insertAll(
    t,
    "session_analyses",
    {
      analysis_id: "uuid",
      session_id: "text",
      role: "text",
      face: "integer",
      condition: "text",
      stimulus: "text",
    },
    sessions.flatMap(({ id, analyses }) =>
      analyses.map(({ id: analysis, role, face, condition, stimulus }) => ({
        ...{ analysis_id: analysis, session_id: id, role, face, condition, stimulus },
      })),
    ),
  );
  await insertSpans(
    t,
    sessions.flatMap(({ id: session, analyses }) =>
      analyses.map(({ id: analysis, spans = [] }) => ({ session, analysis, spans })),
    ),
  );
  await insertAll(
    t,
    "session_recordings",
    { recording_id: "text", session_id: "text", name: "text", sha256: "text" },
    sessions.flatMap(({ id, recordings }) =>
      recordings.map((one) => ({ recording_id: one.id, session_id: id, name: one.name, sha256: one.sha256 })),
    ),
  );
  await insertAll(
    t,
    "responses",
    { session_id: "text", id: "text", source: "text", items: "jsonb", completed_at: instant },
    sessions.flatMap(({ id, response }) =>
      response === undefined ? [] : [{ ...response, session_id: id, completed_at: response.completedAt }],
    ),
  );
  await insertAll(
    t,
    "self_reports",
    {
      ...{ id: "uuid", session_id: "text", analysis_id: "uuid" },
      ...{ start_ms: "float8", end_ms: "float8", label: "text" },
    },
    participants.flatMap(({ selfReports = [] }) =>
      selfReports.map((report) => ({
        ...{ id: newId(), session_id: report.sessionId, analysis_id: report.analysisId },
        ...{ start_ms: report.startMs, end_ms: report.endMs, label: report.label },
      })),
    ),
  );
}

/** The last part of a path of any system: an archive names files, never places of this machine. */
const fileName = (name: string): string => name.split(/[\\/]/).at(-1)!;

async function refuseKnown(t: Transaction<Tables>, study: Study): Promise<void> {
  const sessions = study.participants.flatMap((person) => person.sessions);
  const ids = {
    studies: [study.id],
    study_sessions: sessions.map(({ id }) => id),
    jobs: sessions.flatMap(({ analyses }) => analyses.map(({ id }) => id)),
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
