import type { Kysely, Transaction } from "kysely";
import type * as z from "zod";
import { maxProblems, type ResponseTable, type TableRow } from "../../shared/beq/responseTable.ts";
import type { importResponses, TableProblem } from "../../shared/protocol/studyRoutes.ts";
import type { BeqResponse } from "../../shared/protocol/studyFile.ts";
import { excerpt } from "../../shared/text/printable.ts";
import { newId } from "./newId.ts";
import type { Tables } from "./schema.ts";
import { existing, insertSession } from "./studyRows.ts";
import { groupBy } from "./studySessions.ts";

export type Imported = Pick<
  z.infer<typeof importResponses.response>,
  "imported" | "same" | "changed" | "notes" | "problems"
>;

/** A session as a row can go to it. */
interface Place {
  readonly id: string;
  readonly label: string | null;
  /** The form it has; `open` while that is being filled in. */
  readonly items: BeqResponse["items"] | undefined;
  readonly open: boolean;
}

/**
 * Takes over the forms of a table, all of them in one transaction or none. A row goes to the session whose id or label it
 * names, or to a new one of that label; without a name, to the participant's only session, or to a new one where there is
 * none. A form that is there stays as it is, and is told where the table has other answers.
 * @returns what is wrong in `problems`; nothing was changed then
 */
export async function insertResponses(
  db: Kysely<Tables>,
  study: string,
  table: ResponseTable,
): Promise<Imported> {
  return db.transaction().execute(async (t) => {
    await existing(t, study);
    const plan = planImport(table, await readPlaces(t, study));
    if (plan.problems.length > 0) return { ...nothing, problems: plan.problems };
    for (const { row, session } of plan.fresh) {
      const key = { study, participant: row.participant };
      await t
        .insertInto("responses")
        .values({
          session_id: session ?? (await insertSession(t, key, row.session)),
          id: newId(),
          source: table.layout ?? "csv",
          items: JSON.stringify(row.items),
          completed_at: row.completedAt === undefined ? new Date() : new Date(row.completedAt),
        })
        .execute();
    }
    const visits = new Set(
      plan.fresh.flatMap(({ row, session }) => (session === undefined ? (row.session ?? []) : [])),
    );
    const untimed = plan.fresh.filter(({ row }) => row.completedAt === undefined).length;
    const notes = [
      ...(visits.size > 0
        ? [
            `New sessions were begun for ${[...visits]
              .slice(0, 20)
              .map((visit) => excerpt(visit))
              .join(", ")}.`,
          ]
        : []),
      ...(untimed > 0
        ? [`Where the table has no time of completion, the time of the import stands (${untimed}).`]
        : []),
    ];
    return { imported: plan.fresh.length, same: plan.same, changed: plan.changed, notes, problems: [] };
  });
}

const nothing = { imported: 0, same: 0, changed: [], notes: [], problems: [] } satisfies Imported;

/** Which rows are new, which are there, and what is wrong. */
function planImport(table: ResponseTable, places: ReadonlyMap<string, readonly Place[]>) {
  const problems: TableProblem[] = [...table.problems];
  const fresh: { row: TableRow; session: string | undefined }[] = [];
  const changed: Imported["changed"] = [];
  const taken = new Map<string, number>();
  let same = 0;
  const owners = new Map(
    [...places].flatMap(([id, sessions]) => sessions.map((one) => [one.id, id] as const)),
  );
  const visits = new Set(table.rows.map(({ session }) => session));
  for (const row of table.rows) {
    const problem = (column: string, code: TableProblem["code"], message: string) => {
      if (problems.length < maxProblems) problems.push({ line: row.line, column, code, message });
    };
    const person = excerpt(row.participant, 64);
    const sessions = places.get(row.participant);
    if (sessions === undefined) {
      const near = nearest(row.participant, places);
      const advice =
        near === undefined ? "Add the participant first." : `Is ${near} meant? Write it so in the table.`;
      const message = `The study has no participant ${JSON.stringify(person)}. ${advice}`;
      problem(table.participantColumn, "participant_unknown", message);
      continue;
    }
    if (row.session === undefined && sessions.length > 1) {
      const message = `${person} has ${sessions.length} sessions. Name one in a column session.`;
      problem(table.participantColumn, "session", message);
      continue;
    }
    const owner = owners.get(row.session ?? "");
    if (owner !== undefined && owner !== row.participant) {
      problem(
        table.sessionColumn,
        "session",
        `This is a session of ${excerpt(owner, 64)}, not of ${person}.`,
      );
      continue;
    }
    const place = placeOf(row, sessions, visits.size === 1);
    const key = place?.id ?? JSON.stringify([row.participant, row.session]);
    const before = taken.get(key);
    if (before !== undefined) {
      problem(
        table.participantColumn,
        "two_forms",
        `Line ${before} is a form for the same session of ${person}.`,
      );
      continue;
    }
    taken.set(key, row.line);
    if (place?.open === true) {
      problem(
        table.participantColumn,
        "two_forms",
        `A form of this session of ${person} is being filled in.`,
      );
      continue;
    }
    if (place?.items === undefined) {
      fresh.push({ row, session: place?.id });
      continue;
    }
    const items = differences(place.items, row.items);
    if (items.length === 0) same += 1;
    else
      changed.push({
        line: row.line,
        participant: row.participant,
        ...(row.session !== undefined && { session: row.session }),
        items,
      });
  }
  return { problems: problems.toSorted((a, b) => a.line - b.line), fresh, changed, same };
}

/** A participant's only session, not yet called after a visit, is the one visit that a table knows. */
function placeOf({ session }: TableRow, sessions: readonly Place[], oneVisit: boolean): Place | undefined {
  if (session === undefined) return sessions[0];
  const named = sessions.find(({ id, label }) => id === session || label === session);
  const [only] = sessions;
  if (named !== undefined || !oneVisit || sessions.length !== 1 || only?.label !== null) return named;
  return only;
}

/**
 * Of the participants the one whose pseudonym a spreadsheet may have made this of: without leading zeros, in other letters,
 * with other signs between. Undefined where it is none, or several.
 */
function nearest(person: string, places: ReadonlyMap<string, unknown>): string | undefined {
  const bare = (id: string) =>
    id
      .toLowerCase()
      .replace(/[^a-z0-9]/g, "")
      .replace(/0+(?=\d)/g, "");
  const alike = [...places.keys()].filter((id) => bare(id) === bare(person));
  return alike.length === 1 ? alike[0] : undefined;
}

function differences(stored: BeqResponse["items"], table: BeqResponse["items"]) {
  return stored.flatMap((answer, k) =>
    answer === table[k] ? [] : [{ item: k + 1, stored: answer, table: table[k] ?? null }],
  );
}

/** The sessions of each participant of the study. */
async function readPlaces(
  t: Transaction<Tables>,
  study: string,
): Promise<ReadonlyMap<string, readonly Place[]>> {
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
    .select([
      "study_sessions.id",
      "participant_id",
      "label",
      "responses.id as response",
      "items",
      "completed_at",
    ])
    .where("study_id", "=", study)
    .orderBy("started_at")
    .orderBy("study_sessions.id")
    .execute();
  const of = groupBy(sessions, ({ participant_id }) => participant_id);
  return new Map(
    people.map(({ id }) => [
      id,
      (of.get(id) ?? []).map(({ id: session, label, response, items, completed_at }) => ({
        id: session,
        label,
        items: items ?? undefined,
        open: response !== null && completed_at === null,
      })),
    ]),
  );
}
