import path from "node:path";
import { sql, type Kysely, type Transaction } from "kysely";
import type { LinkRow } from "../../shared/protocol/studyClips.ts";
import type { StudySession } from "../../shared/protocol/studyFile.ts";
import type { ClipPlace } from "../../shared/study/linkPattern.ts";
import { setClipFactsIn } from "./clipFacts.ts";
import type { Tables } from "./schema.ts";
import { linkAnalysisIn } from "./studies.ts";
import { existing, insertSession } from "./studyRows.ts";
import { readSessions } from "./studySessions.ts";

export interface LinkRequest {
  readonly study: string;
  readonly placeOf: (name: string) => ClipPlace | undefined;
  /** Files that a table names: those without an analysis are told. */
  readonly files: readonly string[];
  readonly role: StudySession["analyses"][number]["role"];
  readonly baselineCondition?: string | undefined;
  readonly addParticipants: boolean;
  readonly apply: boolean;
}

/** An analysis that is done, of the newest of each clip, and the session that it is in. */
interface Candidate {
  readonly analysis: string;
  readonly mediaName: string;
  readonly session: string | undefined;
}

/**
 * Links analyses to the sessions of participants by their clips' names, or says what that would do; all or nothing.
 * @throws AppError `not_found`
 */
export async function linkClips(
  db: Kysely<Tables>,
  dataDir: string,
  request: LinkRequest,
): Promise<{ rows: LinkRow[]; written: number }> {
  return db.transaction().execute(async (t) => {
    await existing(t, request.study);
    const candidates = await doneAnalyses(t);
    const known = await readSessions(t, request.study);
    const people = await participantsOf(t, request.study);
    const rows: LinkRow[] = [];
    let written = 0;
    for (const one of candidates) {
      const row = rowOf(one, request, known, people);
      if (row === undefined) continue;
      rows.push(row);
      if (request.apply && row.state === "no_consent" && !people.has(row.participant!))
        await addPerson(t, request.study, row.participant!);
      if (!request.apply || (row.state !== "new" && row.state !== "changed")) continue;
      await write(t, dataDir, request, one, row);
      written++;
    }
    const names = new Set(candidates.map(({ mediaName }) => mediaName.toLowerCase()));
    const missing = request.files.filter((file) => !names.has(file));
    rows.push(...missing.map((mediaName): LinkRow => ({ mediaName, state: "no_analysis" })));
    return { rows, written };
  });
}

type KnownSessions = Awaited<ReturnType<typeof readSessions>>;

function rowOf(
  { analysis, mediaName, session }: Candidate,
  { placeOf, addParticipants }: LinkRequest,
  known: KnownSessions,
  people: ReadonlyMap<string, boolean>,
): LinkRow | undefined {
  const place = placeOf(mediaName);
  const base = { analysis, mediaName };
  const here = known.find(({ view }) => view.id === session);
  // Clips of other studies that say nothing to this one are nobody's business here.
  if (place === undefined) return session === undefined ? { ...base, state: "unmatched" } : undefined;
  const row = { ...base, ...place };
  if (session !== undefined && here === undefined) return { ...row, state: "other_session" };
  if (!people.has(place.participant) && !addParticipants) return { ...row, state: "no_participant" };
  // Whoever is added now agrees later; what is linked already stays.
  if (here === undefined) return { ...row, state: people.get(place.participant) ? "new" : "no_consent" };
  const sameSession =
    here.participant === place.participant &&
    (place.session === undefined || here.view.label === place.session);
  if (!sameSession) return { ...row, state: "other_session" };
  const linked = here.view.analyses.find(({ id }) => id === analysis);
  const same = linked?.condition === place.condition && linked?.stimulus === place.stimulus;
  return { ...row, state: same ? "same" : "changed" };
}

async function write(
  t: Transaction<Tables>,
  dataDir: string,
  { study, role, baselineCondition }: LinkRequest,
  { analysis, session }: Candidate,
  { participant, session: label, condition, stimulus }: LinkRow,
): Promise<void> {
  const key = { study, participant: participant! };
  const target = session ?? (await sessionFor(t, key, label));
  const atRest = condition !== undefined && condition === baselineCondition;
  await linkAnalysisIn(t, dataDir, target, { id: analysis, role: atRest ? "baseline" : role });
  await setClipFactsIn(t, {
    ...{ session: target, analysis },
    condition: condition ?? null,
    stimulus: stimulus ?? null,
  });
}

async function addPerson(t: Transaction<Tables>, study: string, id: string): Promise<void> {
  await t
    .insertInto("participants")
    .values({
      ...{ study_id: study, id, created_at: new Date() },
      ...{ retain_until: null, consent: null, covariates: "{}" },
    })
    .onConflict((c) => c.columns(["study_id", "id"]).doNothing())
    .execute();
}

/** The session of this label; without one the participant's first. Begins one where there is none. */
async function sessionFor(
  t: Transaction<Tables>,
  key: { study: string; participant: string },
  label: string | undefined,
): Promise<string> {
  let query = t
    .selectFrom("study_sessions")
    .select("id")
    .where("study_id", "=", key.study)
    .where("participant_id", "=", key.participant);
  if (label !== undefined) query = query.where("label", "=", label);
  const found = await query.orderBy("started_at").orderBy("id").limit(1).executeTakeFirst();
  return found?.id ?? insertSession(t, key, label);
}

/** Of several analyses of one clip the newest, unless an older one is linked. */
async function doneAnalyses(t: Transaction<Tables>): Promise<Candidate[]> {
  const rows = await t
    .selectFrom("analyses")
    .leftJoin("session_analyses", "session_analyses.analysis_id", "analyses.id")
    .select(["analyses.id", "media_path", "session_id"])
    .where("state", "=", "done")
    .orderBy(sql`session_id is null`)
    .orderBy("analyses.created_at", "desc")
    .orderBy("analyses.id", "desc")
    .execute();
  const byPath = new Map<string, Candidate>();
  for (const { id, media_path, session_id } of rows) {
    const candidate = {
      analysis: id,
      mediaName: path.basename(media_path),
      session: session_id ?? undefined,
    };
    // Imported analyses know only the name of their clip: they may be of different ones.
    const key = path.isAbsolute(media_path) ? media_path : `${media_path} ${id}`;
    if (!byPath.has(key)) byPath.set(key, candidate);
  }
  return [...byPath.values()].toSorted((a, b) => (a.mediaName < b.mediaName ? -1 : 1));
}

/** The participants of a study, each with whether consent is recorded. */
async function participantsOf(t: Transaction<Tables>, study: string): Promise<Map<string, boolean>> {
  const rows = await t
    .selectFrom("participants")
    .select(["id", "consent"])
    .where("study_id", "=", study)
    .where("deleting", "=", false)
    .execute();
  return new Map(rows.map(({ id, consent }) => [id, consent !== null]));
}
