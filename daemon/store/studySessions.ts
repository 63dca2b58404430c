import path from "node:path";
import { sql } from "kysely";
import type { SessionView } from "../../shared/protocol/studyRoutes.ts";
import type { Db } from "./studyRows.ts";

/** The sessions of a study, the oldest first: one of them, or those `of` some participants. */
export async function readSessions(
  db: Db,
  study: string,
  { only, of: people }: { readonly only?: string; readonly of?: readonly string[] } = {},
): Promise<{ participant: string; view: SessionView }[]> {
  let query = db.selectFrom("study_sessions").selectAll().where("study_id", "=", study);
  if (only !== undefined) query = query.where("id", "=", only);
  if (people !== undefined) query = query.where(sql<boolean>`participant_id = any(${people}::text[])`);
  const sessions = await query.orderBy("started_at").orderBy("id").execute();
  const ids = sessions.map(({ id }) => id);
  const isOfThese = sql<boolean>`session_id = any(${ids}::text[])`;
  const analyses = await db
    .selectFrom("session_analyses")
    .innerJoin("analyses", "analyses.id", "session_analyses.analysis_id")
    .select(["session_id", "analyses.id", "role", "face", "media_path", "condition", "stimulus"])
    .where(isOfThese)
    .orderBy("analyses.created_at")
    .orderBy("analyses.id")
    .execute();
  const spans = await db
    .selectFrom("clip_spans")
    .selectAll()
    .where(isOfThese)
    .orderBy("start_ms")
    .orderBy("id")
    .execute();
  // By session too: those of a clip that was taken out wait until it is back in that session.
  const spansOf = groupBy(spans, (row) => `${row.session_id} ${row.analysis_id}`);
  const recordings = await db.selectFrom("session_recordings").selectAll().where(isOfThese).execute();
  // Of an analysis that was taken out of the session they wait until it is back.
  const selfReports = await db
    .selectFrom("self_reports")
    .innerJoin("session_analyses", (join) =>
      join
        .onRef("session_analyses.analysis_id", "=", "self_reports.analysis_id")
        .onRef("session_analyses.session_id", "=", "self_reports.session_id"),
    )
    .selectAll("self_reports")
    .where(sql<boolean>`self_reports.session_id = any(${ids}::text[])`)
    .orderBy("start_ms")
    .orderBy("self_reports.id")
    .execute();
  const responses = await db.selectFrom("responses").selectAll().where(isOfThese).execute();
  const links = await db
    .selectFrom("form_links")
    .select(["session_id", "expires_at"])
    .where(isOfThese)
    .where("expires_at", ">", new Date())
    .execute();
  const of = <Row extends { session_id: string }>(rows: readonly Row[]) =>
    groupBy(rows, (row) => row.session_id);
  const [analysesOf, recordingsOf, reportsOf, responseOf, linkOf] = [
    of(analyses),
    of(recordings),
    of(selfReports),
    of(responses),
    of(links),
  ];
  return sessions.map(({ id, participant_id, started_at, label }) => {
    const response = responseOf.get(id)?.[0];
    const link = linkOf.get(id)?.[0];
    return {
      participant: participant_id,
      view: {
        id,
        startedAt: started_at.toISOString(),
        ...(label !== null && { label }),
        analyses: (analysesOf.get(id) ?? []).map((row) => ({
          id: row.id,
          role: row.role,
          mediaName: path.basename(row.media_path),
          ...(row.condition !== null && { condition: row.condition }),
          ...(row.stimulus !== null && { stimulus: row.stimulus }),
          ...spansIn(spansOf.get(`${id} ${row.id}`)),
          ...(row.face !== null && { face: row.face }),
        })),
        recordings: (recordingsOf.get(id) ?? []).map((row) => ({ id: row.recording_id, name: row.name })),
        selfReports: (reportsOf.get(id) ?? []).map((row) => ({
          analysisId: row.analysis_id,
          startMs: row.start_ms,
          endMs: row.end_ms,
          label: row.label,
        })),
        ...(response && {
          response: {
            id: response.id,
            source: response.source,
            items: response.items,
            ...(response.completed_at && { completedAt: response.completed_at.toISOString() }),
          },
        }),
        ...(link && { linkExpiresAt: link.expires_at.toISOString() }),
      },
    };
  });
}

function spansIn(rows: readonly { start_ms: number; end_ms: number; name: string }[] | undefined) {
  if (rows === undefined) return {};
  return { spans: rows.map((row) => ({ startMs: row.start_ms, endMs: row.end_ms, name: row.name })) };
}

/** Rows by a key, each list in the order of the rows. (Node 20 has no `Map.groupBy` yet.) */
export function groupBy<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group === undefined) groups.set(key(row), [row]);
    else group.push(row);
  }
  return groups;
}
