import path from "node:path";
import { sql, type Transaction } from "kysely";
import { AppError } from "../../shared/errors.ts";
import type { Analysis } from "../../shared/protocol/results.ts";
import type { Participant, Study, StudySession } from "../../shared/protocol/studyFile.ts";
import { analysisJob } from "./analyses.ts";
import { spanRows } from "./clipFacts.ts";
import type { TableRows } from "./insertAll.ts";
import { endedRow } from "./jobRows.ts";
import { newId } from "./newId.ts";
import type { Tables } from "./schema.ts";

const instant = "timestamptz";

/**
 * The rows of a study that came as an archive, and of its analyses, in the order in which they can be written.
 * @param recordingFolder where the files of a recording will lie
 */
export function studyTables(
  study: Study,
  cutoffs: string | undefined,
  analyses: readonly Analysis[],
  recordingFolder: (id: string) => string,
): TableRows[] {
  const { id, name, createdAt, consentVersions, participants } = study;
  return [
    {
      table: "studies",
      columns: { id: "text", name: "text", created_at: instant, cutoffs: "text" },
      rows: [{ id, name, created_at: createdAt, cutoffs }],
    },
    {
      table: "consent_texts",
      columns: { study_id: "text", version: "text", position: "integer", text: "text" },
      rows: consentVersions.map(({ version, text }, position) => ({ study_id: id, version, position, text })),
    },
    jobRows(study, analyses, recordingFolder),
    {
      table: "participants",
      columns: {
        ...{ study_id: "text", id: "text", created_at: instant, retain_until: instant },
        ...{ consent: "jsonb", covariates: "jsonb" },
      },
      rows: participants.map((person) => ({
        ...{ study_id: id, id: person.id, created_at: person.createdAt, retain_until: person.retainUntil },
        ...{ consent: person.consent, covariates: person.covariates },
      })),
    },
    {
      table: "gaze_calibrations",
      columns: { study_id: "text", participant_id: "text", calibration: "jsonb" },
      rows: participants.flatMap(({ id: participant, gazeCalibration }) =>
        gazeCalibration === undefined
          ? []
          : [{ study_id: id, participant_id: participant, calibration: gazeCalibration }],
      ),
    },
    ...sessionTables(
      id,
      participants.flatMap((person) =>
        person.sessions.map((session) => ({ ...session, participant: person.id })),
      ),
    ),
    selfReportRows(participants),
  ];
}

function jobRows(
  { participants }: Study,
  analyses: readonly Analysis[],
  recordingFolder: (id: string) => string,
): TableRows {
  const recordings = new Map(
    participants.flatMap(({ sessions }) =>
      sessions.flatMap((session) => session.recordings.map((one) => [one.id, one.name] as const)),
    ),
  );
  return {
    table: "jobs",
    columns: {
      ...{ id: "uuid", kind: "text", state: "text", request: "jsonb" },
      ...{ created_at: instant, queued_at: instant, started_at: instant, finished_at: instant },
    },
    rows: analyses.map(({ id, pipeline, config, media, run }) => {
      // A clip that was recorded came along; of others there is a name and no path.
      const mediaPath = recordings.has(id)
        ? path.join(recordingFolder(id), recordings.get(id)!)
        : fileName(media.name);
      const startedAt = new Date(run.startedAt);
      const times = { createdAt: startedAt, finishedAt: new Date(run.finishedAt) };
      const { kind, request } = analysisJob({ mediaPath, pipeline, config });
      return { ...endedRow(id, { kind, request }, { state: "done", startedAt }, times), request };
    }),
  };
}

/** The last part of a path of any system: an archive names files, never places of this machine. */
const fileName = (name: string): string => name.split(/[\\/]/).at(-1)!;

function sessionTables(
  study: string,
  sessions: readonly (StudySession & { readonly participant: string })[],
): TableRows[] {
  return [
    {
      table: "study_sessions",
      columns: { id: "text", study_id: "text", participant_id: "text", started_at: instant, label: "text" },
      rows: sessions.map(({ id, participant, startedAt, label }) => ({
        ...{ id, study_id: study, participant_id: participant, started_at: startedAt, label },
      })),
    },
    {
      table: "session_analyses",
      columns: {
        ...{ analysis_id: "uuid", session_id: "text", role: "text", face: "integer" },
        ...{ condition: "text", stimulus: "text" },
      },
      rows: sessions.flatMap(({ id, analyses }) =>
        analyses.map(({ id: analysis, role, face, condition, stimulus }) => ({
          ...{ analysis_id: analysis, session_id: id, role, face, condition, stimulus },
        })),
      ),
    },
    spanRows(
      sessions.flatMap(({ id: session, analyses }) =>
        analyses.map(({ id: analysis, spans = [] }) => ({ session, analysis, spans })),
      ),
    ),
    {
      table: "session_recordings",
      columns: { recording_id: "text", session_id: "text", name: "text", sha256: "text" },
      rows: sessions.flatMap(({ id, recordings }) =>
        recordings.map((one) => ({
          ...{ recording_id: one.id, session_id: id, name: one.name, sha256: one.sha256 },
        })),
      ),
    },
    {
      table: "responses",
      columns: { session_id: "text", id: "text", source: "text", items: "jsonb", completed_at: instant },
      rows: sessions.flatMap(({ id, response }) =>
        response === undefined ? [] : [{ ...response, session_id: id, completed_at: response.completedAt }],
      ),
    },
  ];
}

function selfReportRows(participants: readonly Participant[]): TableRows {
  return {
    table: "self_reports",
    columns: {
      ...{ id: "uuid", session_id: "text", analysis_id: "uuid" },
      ...{ start_ms: "float8", end_ms: "float8", label: "text" },
    },
    rows: participants.flatMap(({ selfReports = [] }) =>
      selfReports.map((report) => ({
        ...{ id: newId(), session_id: report.sessionId, analysis_id: report.analysisId },
        ...{ start_ms: report.startMs, end_ms: report.endMs, label: report.label },
      })),
    ),
  };
}

/** Ids of a study that may stand once only in the tables, by the table. */
export type StudyIds = Readonly<Record<string, readonly string[]>>;

/** @throws AppError `invalid_request` for an id that stands twice */
export function idsOf(study: Study): StudyIds {
  const sessions = study.participants.flatMap((person) => person.sessions);
  const ids = {
    studies: [study.id],
    study_sessions: sessions.map(({ id }) => id),
    jobs: sessions.flatMap(({ analyses }) => analyses.map(({ id }) => id)),
    session_recordings: sessions.flatMap(({ recordings }) => recordings.map(({ id }) => id)),
    responses: sessions.flatMap(({ response }) => response?.id ?? []),
  };
  for (const [table, wanted] of Object.entries(ids))
    if (new Set(wanted).size !== wanted.length)
      throw new AppError("invalid_request", `An id stands twice in study.json (${table}). Export it again.`);
  return ids;
}

/** @throws AppError `conflict` when the study, or something of it, is there already */
export async function refuseKnown(t: Transaction<Tables>, ids: StudyIds): Promise<void> {
  for (const [table, wanted] of Object.entries(ids)) {
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
