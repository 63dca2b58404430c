import { randomUUID } from "node:crypto";
import type { Kysely, Transaction } from "kysely";
import type { ResponseTable, TableRow } from "../../shared/beq/responseTable.ts";
import type { TableProblem } from "../../shared/protocol/studies.ts";
import type { Tables } from "./schema.ts";
import { existing, insertSession } from "./studyRows.ts";
import { groupBy } from "./studySessions.ts";

/**
 * Takes over the forms of a table, all of them in one transaction or none. A row goes to the session it names; without
 * one, to the participant's only session, or to a new one where there is none.
 * @returns what is wrong; nothing was changed then
 */
export async function insertResponses(
  db: Kysely<Tables>,
  study: string,
  table: ResponseTable,
): Promise<readonly TableProblem[]> {
  return db.transaction().execute(async (t) => {
    await existing(t, study);
    const { people, sessionsOf } = await readPlaces(t, study);
    const problems: TableProblem[] = [...table.problems];
    const taken = new Map<string, number>();
    const rows: { row: TableRow; session: string | undefined }[] = [];
    for (const row of table.rows) {
      const problem = (column: string, code: TableProblem["code"], message: string) =>
        problems.push({ line: row.line, column, code, message });
      const { participantColumn, sessionColumn } = table;
      if (!people.has(row.participant)) {
        problem(
          participantColumn,
          "participant_unknown",
          `The study has no participant ${JSON.stringify(row.participant.slice(0, 64))}. Add the participant first.`,
        );
        continue;
      }
      const sessions = sessionsOf.get(row.participant) ?? [];
      const place = row.session === undefined ? sessions[0] : sessions.find(({ id }) => id === row.session);
      if (row.session !== undefined && place === undefined) {
        problem(sessionColumn, "session", `${row.participant} has no such session.`);
        continue;
      }
      if (row.session === undefined && sessions.length > 1) {
        problem(
          participantColumn,
          "session",
          `${row.participant} has ${sessions.length} sessions. Name one in a column session.`,
        );
        continue;
      }
      const key = place?.id ?? `new session of ${row.participant}`;
      const before = taken.get(key);
      if (place?.filled === true || before !== undefined) {
        problem(
          participantColumn,
          "two_forms",
          before === undefined
            ? `This session of ${row.participant} has a form already.`
            : `Line ${before} is a form for the same session of ${row.participant}.`,
        );
        continue;
      }
      taken.set(key, row.line);
      rows.push({ row, session: place?.id });
    }
    if (problems.length > 0) return problems.toSorted((a, b) => a.line - b.line);
    for (const { row, session } of rows) {
      await t
        .insertInto("responses")
        .values({
          session_id: session ?? (await insertSession(t, { study, participant: row.participant })),
          id: randomUUID(),
          source: table.layout ?? "csv",
          items: JSON.stringify(row.items),
          completed_at: row.completedAt === undefined ? new Date() : new Date(row.completedAt),
        })
        .execute();
    }
    return [];
  });
}

async function readPlaces(t: Transaction<Tables>, study: string) {
  const people = await t
    .selectFrom("participants")
    .select("id")
    .where("study_id", "=", study)
    .where("deleting", "=", false)
    // Nobody changes these rows until the forms are in.
    .forUpdate()
    .execute();
  const sessions = await t
    .selectFrom("study_sessions")
    .leftJoin("responses", "responses.session_id", "study_sessions.id")
    .select(["study_sessions.id", "participant_id", "responses.id as response"])
    .where("study_id", "=", study)
    .execute();
  return {
    people: new Set(people.map(({ id }) => id)),
    sessionsOf: groupBy(
      sessions.map((row) => ({ id: row.id, participant: row.participant_id, filled: row.response !== null })),
      ({ participant }) => participant,
    ),
  };
}
