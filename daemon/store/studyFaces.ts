import path from "node:path";
import { sql, type Kysely } from "kysely";
import type { ClipFace } from "../../shared/protocol/studyFaces.ts";
import { insertAll } from "./insertAll.ts";
import type { Tables } from "./schema.ts";
import { linkedClips } from "./studyRows.ts";

/** A clip of a study whose faces may be compared: its participant agreed, and its analysis is done. */
export interface ComparedClip {
  readonly analysis: string;
  readonly mediaPath: string;
  readonly mediaName: string;
  /** Whose session it belongs to. */
  readonly participant: string;
  /** The participant's face, where somebody said which it is. */
  readonly face: number | undefined;
}

export interface StoredFace {
  readonly analysis: string;
  readonly track: number;
  readonly timeMs: number;
  readonly square: { readonly cx: number; readonly cy: number; readonly side: number; readonly roll: number };
}

export interface StoredPair {
  readonly a: ClipFace;
  readonly b: ClipFace;
  readonly likeness: number;
}

export interface StoredVerdict extends StoredPair {
  readonly verdict: "same" | "different";
  readonly by: string;
  readonly at: string;
  /** What it wrote into the clips. */
  readonly corrections: readonly WrittenCorrection[];
}

/** A correction of a clip, by its number. */
export interface WrittenCorrection {
  readonly analysis: string;
  readonly entry: string;
}

export interface StoredSearch {
  readonly at: Date;
  readonly model: string;
  readonly sha256: string;
  readonly likenessFrom: number;
  readonly notes: readonly string[];
}

/** Faces of the clips of studies and how alike they are, as rows. */
export class StudyFaces {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** The clips of a study in the order of their sessions. */
  async clips(study: string): Promise<ComparedClip[]> {
    const rows = await linkedClips(this.#db)
      .select(["analyses.id", "media_path", "participant_id", "face"])
      .where("study_sessions.study_id", "=", study)
      .where("state", "=", "done")
      .where("participants.consent", "is not", null)
      .orderBy("study_sessions.started_at")
      .orderBy("study_sessions.id")
      .orderBy("analyses.created_at")
      .orderBy("analyses.id")
      .execute();
    return rows.map((row) => ({
      ...{ analysis: row.id, mediaPath: row.media_path, mediaName: path.basename(row.media_path) },
      ...{ participant: row.participant_id, face: row.face ?? undefined },
    }));
  }

  async faces(study: string): Promise<StoredFace[]> {
    const rows = await this.#db
      .selectFrom("study_faces")
      .selectAll()
      .where(ofStudy(study, "analysis_id"))
      .execute();
    return rows.map((row) => ({
      ...{ analysis: row.analysis_id, track: row.track, timeMs: row.time_ms, square: row.square },
    }));
  }

  /** Pairs that nobody decided, the likest first, and those that somebody did, the newest first. */
  async pairs(study: string, db = this.#db): Promise<{ open: StoredPair[]; decided: StoredVerdict[] }> {
    const rows = await db
      .selectFrom("face_pairs")
      .selectAll()
      .where(ofStudy(study, "a_analysis"))
      .orderBy("likeness", "desc")
      .orderBy("a_analysis")
      .orderBy("a_track")
      .orderBy("b_analysis")
      .orderBy("b_track")
      .execute();
    const open: StoredPair[] = [];
    const decided: StoredVerdict[] = [];
    for (const row of rows) {
      const pair = {
        a: { analysis: row.a_analysis, track: row.a_track },
        b: { analysis: row.b_analysis, track: row.b_track },
        likeness: row.likeness,
      };
      const { verdict, decided_by: by, decided_at: at } = row;
      if (verdict === null || by === null || at === null) open.push(pair);
      else decided.push({ ...pair, verdict, by, at: at.toISOString(), corrections: row.corrections ?? [] });
    }
    return { open, decided: decided.sort((one, other) => (one.at < other.at ? 1 : -1)) };
  }

  async search(study: string): Promise<StoredSearch | undefined> {
    const row = await this.#db
      .selectFrom("face_searches")
      .selectAll()
      .where("study_id", "=", study)
      .executeTakeFirst();
    return (
      row && {
        ...{ at: row.at, model: row.model, sha256: row.sha256, likenessFrom: row.likeness_from },
        notes: row.notes,
      }
    );
  }

  /** What a search found, in place of what one before it found. What was decided of faces that are still there stays. */
  async replace(
    study: string,
    search: StoredSearch,
    faces: readonly StoredFace[],
    pairs: readonly StoredPair[],
  ): Promise<void> {
    await this.#db.transaction().execute(async (t) => {
      const { decided } = await this.pairs(study, t);
      await t.deleteFrom("study_faces").where(ofStudy(study, "analysis_id")).execute();
      // A clip that was taken out of the study meanwhile is none of its own any more.
      const linked = await t
        .selectFrom("session_analyses")
        .select("analysis_id")
        .where(ofStudy(study, "analysis_id"))
        .forUpdate()
        .execute();
      const isLinked = new Set(linked.map((row) => row.analysis_id));
      const kept = faces.filter(({ analysis }) => isLinked.has(analysis));
      const there = new Set(kept.map(faceKey));
      const both = ({ a, b }: StoredPair): boolean => [a, b].every((face) => there.has(faceKey(face)));
      const said = new Map(decided.map((one) => [keyOf(one), one]));
      const likeness = new Map(pairs.map((one) => [keyOf(one), one]));
      const all = [
        ...pairs.filter((one) => !said.has(keyOf(one))).map((one) => ({ ...one, ...undecided })),
        ...decided.map((one) => ({ ...one, ...likeness.get(keyOf(one)) })),
      ];
      await insertAll(t, {
        table: "study_faces",
        columns: { analysis_id: "uuid", track: "int", time_ms: "float8", square: "jsonb" },
        rows: kept.map(({ analysis, track, timeMs, square }) => ({
          ...{ analysis_id: analysis, track, time_ms: timeMs, square },
        })),
      });
      await insertAll(t, {
        table: "face_pairs",
        columns: {
          ...{ a_analysis: "uuid", a_track: "int", b_analysis: "uuid", b_track: "int", likeness: "float8" },
          ...{ verdict: "text", decided_by: "text", decided_at: "timestamptz", corrections: "jsonb" },
        },
        rows: all.filter(both).map(({ a, b, likeness: alike, verdict, by, at, corrections }) => ({
          ...{ a_analysis: a.analysis, a_track: a.track, b_analysis: b.analysis, b_track: b.track },
          ...{ likeness: alike, verdict, decided_by: by, decided_at: at, corrections },
        })),
      });
      const { at, model, sha256, likenessFrom, notes } = search;
      const row = { at, model, sha256, likeness_from: likenessFrom, notes: JSON.stringify(notes) };
      await t
        .insertInto("face_searches")
        .values({ study_id: study, ...row })
        .onConflict((c) => c.column("study_id").doUpdateSet(row))
        .execute();
    });
  }

  /** What the decision on a pair wrote into its clips; undefined where there is no such pair. */
  async written({ a, b }: Pick<StoredPair, "a" | "b">): Promise<readonly WrittenCorrection[] | undefined> {
    const row = await this.#db
      .selectFrom("face_pairs")
      .select("corrections")
      .where("a_analysis", "=", a.analysis)
      .where("a_track", "=", a.track)
      .where("b_analysis", "=", b.analysis)
      .where("b_track", "=", b.track)
      .executeTakeFirst();
    return row && (row.corrections ?? []);
  }

  /** What somebody says of a pair; without a verdict it is open again. */
  async decide(
    { a, b }: Omit<StoredPair, "likeness">,
    said?: Omit<StoredVerdict, keyof StoredPair>,
  ): Promise<void> {
    await this.#db
      .updateTable("face_pairs")
      .set({
        ...{ verdict: said?.verdict ?? null, decided_by: said?.by ?? null },
        decided_at: said === undefined ? null : new Date(said.at),
        corrections: said === undefined ? null : JSON.stringify(said.corrections),
      })
      .where("a_analysis", "=", a.analysis)
      .where("a_track", "=", a.track)
      .where("b_analysis", "=", b.analysis)
      .where("b_track", "=", b.track)
      .execute();
  }
}

const undecided = { verdict: null, by: null, at: null, corrections: null } as const;

/** A face by its clip and number, as a key. */
export const faceKey = ({ analysis, track }: ClipFace): string => `${analysis} ${track}`;

const keyOf = ({ a, b }: Pick<StoredPair, "a" | "b">): string => `${faceKey(a)} ${faceKey(b)}`;

/** The column names an analysis of the study. */
const ofStudy = (study: string, column: string) => sql<boolean>`${sql.ref(column)} in (
  select analysis_id from session_analyses join study_sessions on study_sessions.id = session_id where study_id = ${study})`;
