import type { Kysely, Transaction } from "kysely";
import { AppError } from "../../shared/errors.ts";
import type { ClipSpan } from "../../shared/protocol/studyFile.ts";
import { insertAll, type TableRows } from "./insertAll.ts";
import { newId } from "./newId.ts";
import type { Tables } from "./schema.ts";
import { existingSession } from "./studyRows.ts";

/** What a clip of a session shows; what is left out stays as it is, null takes it away. */
export interface StudyClipFacts {
  readonly condition?: string | null | undefined;
  readonly stimulus?: string | null | undefined;
  /** All events of the clip. */
  readonly spans?: readonly ClipSpan[] | undefined;
}

export interface ClipKey {
  readonly session: string;
  readonly analysis: string;
}

/** Changes clips of sessions, all of them or none. @throws AppError `not_found`, `invalid_request` */
export async function setClipFacts(
  db: Kysely<Tables>,
  clips: readonly (ClipKey & StudyClipFacts)[],
): Promise<void> {
  await db.transaction().execute(async (t) => {
    for (const clip of clips) await setClipFactsIn(t, clip);
  });
}

/** The same of one clip inside a transaction. */
export async function setClipFactsIn(t: Transaction<Tables>, clip: ClipKey & StudyClipFacts): Promise<void> {
  const { session, analysis, condition, stimulus, spans } = clip;
  if (spans?.some(({ startMs, endMs }) => endMs <= startMs) === true)
    throw new AppError("invalid_request", "An event ends before it starts. Give it a later end.");
  await existingSession(t, session);
  const linked = await t
    .selectFrom("session_analyses")
    .select("analysis_id")
    .where("session_id", "=", session)
    .where("analysis_id", "=", analysis)
    // One writer after the other: the second sees what the first wrote.
    .forUpdate()
    .executeTakeFirst();
  if (linked === undefined)
    throw new AppError("not_found", "The session has no such analysis. Link it to the session first.");
  const set = { ...(condition !== undefined && { condition }), ...(stimulus !== undefined && { stimulus }) };
  if (Object.keys(set).length > 0)
    await t.updateTable("session_analyses").set(set).where("analysis_id", "=", analysis).execute();
  if (spans === undefined) return;
  await t
    .deleteFrom("clip_spans")
    .where("session_id", "=", session)
    .where("analysis_id", "=", analysis)
    .execute();
  await insertAll(t, spanRows([{ session, analysis, spans }]));
}

/** The rows of events of clips. */
export function spanRows(clips: readonly (ClipKey & { readonly spans: readonly ClipSpan[] })[]): TableRows {
  return {
    table: "clip_spans",
    columns: {
      ...{ id: "uuid", session_id: "text", analysis_id: "uuid" },
      ...{ start_ms: "float8", end_ms: "float8", name: "text" },
    },
    rows: clips.flatMap(({ session, analysis, spans }) =>
      spans.map(({ startMs, endMs, name }) => ({
        ...{ id: newId(), session_id: session, analysis_id: analysis },
        ...{ start_ms: startMs, end_ms: endMs, name },
      })),
    ),
  };
}
