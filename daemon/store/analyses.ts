import { randomUUID } from "node:crypto";
import path from "node:path";
import { sql, type Selectable, type Transaction } from "kysely";
import type {
  AnalysisProgress,
  AnalysisRecord,
  AnalysisState,
  Deletion,
} from "../../shared/protocol/analyses.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { Pipeline } from "../../shared/protocol/results.ts";
import type { Tables } from "./schema.ts";
import type { Store } from "./store.ts";

export interface NewAnalysis {
  readonly mediaPath: string;
  readonly pipeline: Pipeline;
  readonly config: Record<string, unknown>;
}

/** States in which nothing more happens by itself. */
type FinalState = Exclude<AnalysisState, "queued" | "running">;

/** One clock for all machines. */
const databaseNow = sql<Date>`now()`;
const silentSince = (seconds: number) => sql<Date>`now() - make_interval(secs => ${seconds})`;

/** The rows of analyses and how they change state. Each change names the state that it leaves, so that of two only one wins. */
export class Analyses {
  readonly #store: Store;
  #lastCreated = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  async add(analysis: NewAnalysis): Promise<AnalysisRecord> {
    const created = this.#created();
    return this.#transaction(async (t) => {
      const row = await t
        .insertInto("analyses")
        .values({
          id: randomUUID(),
          state: "queued",
          pipeline: analysis.pipeline,
          media_path: analysis.mediaPath,
          config: JSON.stringify(analysis.config),
          progress: null,
          failure: null,
          worker: null,
          created_at: created,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      await this.#store.jobs.add("analysis", row.id, t);
      return toRecord(row);
    });
  }

  /** Adds one that ran elsewhere and has ended, unless it is there. */
  async addEnded(
    id: string,
    analysis: NewAnalysis,
    end: { state: "done" | "interrupted"; startedAt: Date; failure?: Failure; progress?: AnalysisProgress },
  ): Promise<AnalysisRecord> {
    await this.#store.db
      .insertInto("analyses")
      .values({
        id,
        state: end.state,
        pipeline: analysis.pipeline,
        media_path: analysis.mediaPath,
        config: JSON.stringify(analysis.config),
        progress: end.progress ? JSON.stringify(end.progress) : null,
        failure: end.failure ? JSON.stringify(end.failure) : null,
        worker: null,
        created_at: this.#created(),
        started_at: end.startedAt,
        finished_at: new Date(),
      })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
    return (await this.get(id))!;
  }

  async get(id: string): Promise<AnalysisRecord | undefined> {
    const row = await this.#store.db
      .selectFrom("analyses")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirst();
    return row && toRecord(row);
  }

  async list(filter: { state?: AnalysisState; before?: string; limit: number }): Promise<AnalysisRecord[]> {
    let query = this.#store.db.selectFrom("analyses").selectAll();
    if (filter.state !== undefined) query = query.where("state", "=", filter.state);
    if (filter.before !== undefined) query = query.where("created_at", "<", new Date(filter.before));
    const rows = await query
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(filter.limit)
      .execute();
    return rows.map(toRecord);
  }

  async count(): Promise<{ queued: number; running: number }> {
    const rows = await this.#store.db
      .selectFrom("analyses")
      .select(["state", sql<number>`count(*)::int`.as("n")])
      .where("state", "in", ["queued", "running"])
      .groupBy("state")
      .execute();
    const of = (state: string) => rows.find((row) => row.state === state)?.n ?? 0;
    return { queued: of("queued"), running: of("running") };
  }

  /** Takes the oldest queued analysis for a worker; jobs of analyses that were cancelled or deleted are passed over. */
  async claim(worker: string): Promise<AnalysisRecord | undefined> {
    for (;;) {
      const taken = await this.#transaction(async (t) => {
        const id = await this.#store.jobs.take("analysis", t);
        if (id === undefined) return "none";
        return t
          .updateTable("analyses")
          .set({
            state: "running",
            worker,
            started_at: new Date(),
            heartbeat_at: databaseNow,
            finished_at: null,
            cancel_requested: false,
            progress: null,
            failure: null,
          })
          .where("id", "=", id)
          .where("state", "=", "queued")
          .returningAll()
          .executeTakeFirst();
      });
      if (taken === "none") return undefined;
      if (taken !== undefined) return toRecord(taken);
    }
  }

  /** Says that the worker lives and how far it is. The answer says whether to go on. */
  async beat(id: string, worker: string, progress?: AnalysisProgress): Promise<"go_on" | "stop"> {
    const row = await this.#store.db
      .updateTable("analyses")
      .set({ heartbeat_at: databaseNow, ...(progress && { progress: JSON.stringify(progress) }) })
      .where("id", "=", id)
      .where("state", "=", "running")
      .where("worker", "=", worker)
      .returning("cancel_requested")
      .executeTakeFirst();
    return row === undefined || row.cancel_requested ? "stop" : "go_on";
  }

  /** Ends a run. Undefined when the analysis is no longer this worker's: then its files are not to be kept. */
  async finish(
    id: string,
    worker: string,
    end: { state: FinalState; failure?: Failure; progress?: AnalysisProgress },
  ): Promise<AnalysisRecord | undefined> {
    const row = await this.#store.db
      .updateTable("analyses")
      .set({
        state: end.state,
        failure: end.failure ? JSON.stringify(end.failure) : null,
        finished_at: new Date(),
        worker: null,
        ...(end.progress && { progress: JSON.stringify(end.progress) }),
      })
      .where("id", "=", id)
      .where("state", "=", "running")
      .where("worker", "=", worker)
      .returningAll()
      .executeTakeFirst();
    return row && toRecord(row);
  }

  /** A queued analysis is cancelled at once, a running one as soon as its worker hears of it. */
  async cancel(id: string): Promise<AnalysisRecord | undefined> {
    const { db } = this.#store;
    await db
      .updateTable("analyses")
      .set({ state: "cancelled", finished_at: new Date() })
      .where("id", "=", id)
      .where("state", "=", "queued")
      .execute();
    await db
      .updateTable("analyses")
      .set({ cancel_requested: true })
      .where("id", "=", id)
      .where("state", "=", "running")
      .execute();
    return this.get(id);
  }

  /** Undefined unless it had ended without a result. */
  async retry(id: string): Promise<AnalysisRecord | undefined> {
    return this.#transaction(async (t) => {
      const row = await t
        .updateTable("analyses")
        .set({ state: "queued", failure: null, progress: null, started_at: null, finished_at: null })
        .where("id", "=", id)
        .where("state", "in", ["failed", "cancelled", "interrupted"])
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) return undefined;
      await this.#store.jobs.add("analysis", id, t);
      return toRecord(row);
    });
  }

  /** Those that claim to run although their worker was not heard of for so long. */
  async listSilent(seconds: number): Promise<string[]> {
    const rows = await this.#store.db
      .selectFrom("analyses")
      .select("id")
      .where("state", "=", "running")
      .where("heartbeat_at", "<=", silentSince(seconds))
      .execute();
    return rows.map((row) => row.id);
  }

  /** Ends the run of a worker that fell silent; undefined when the worker was heard of meanwhile. */
  async interrupt(id: string, seconds: number, failure: Failure): Promise<AnalysisRecord | undefined> {
    const row = await this.#store.db
      .updateTable("analyses")
      .set({
        state: "interrupted",
        failure: JSON.stringify(failure),
        finished_at: new Date(),
        worker: null,
      })
      .where("id", "=", id)
      .where("state", "=", "running")
      .where("heartbeat_at", "<=", silentSince(seconds))
      .returningAll()
      .executeTakeFirst();
    return row && toRecord(row);
  }

  /** Not one that runs. */
  async remove(id: string): Promise<void> {
    await this.#store.db
      .deleteFrom("analyses")
      .where("id", "=", id)
      .where("state", "!=", "running")
      .execute();
  }

  /** Analyses whose clip has this in its path. */
  async listByPath(part: string): Promise<AnalysisRecord[]> {
    const named = sql<boolean>`position(${part} in media_path) > 0`;
    return (await this.#store.db.selectFrom("analyses").selectAll().where(named).execute()).map(toRecord);
  }

  /**
   * The study that an analysis belongs to, or else the study of a recording; and how many momentary self-reports of that
   * session refer to the analysis.
   */
  async studyOf(id: string, recording?: string): Promise<Deletion["study"]> {
    const session = await this.#sessionOf(id, recording);
    if (session === undefined) return undefined;
    return this.#store.db
      .selectFrom("study_sessions")
      .innerJoin("studies", "studies.id", "study_sessions.study_id")
      .select(["studies.name", "study_sessions.participant_id as participant"])
      .select((e) =>
        e
          .selectFrom("self_reports")
          .where("session_id", "=", session)
          .where("analysis_id", "=", id)
          .select(sql<number>`count(*)::int`.as("n"))
          .$asScalar()
          .$notNull()
          .as("selfReports"),
      )
      .where("study_sessions.id", "=", session)
      .executeTakeFirst();
  }

  async #sessionOf(analysis: string, recording?: string): Promise<string | undefined> {
    const { db } = this.#store;
    const linked = await db
      .selectFrom("session_analyses")
      .select("session_id")
      .where("analysis_id", "=", analysis)
      .executeTakeFirst();
    if (linked !== undefined || recording === undefined) return linked?.session_id;
    const kept = await db
      .selectFrom("session_recordings")
      .select("session_id")
      .where("recording_id", "=", recording)
      .executeTakeFirst();
    return kept?.session_id;
  }

  /** Takes a recording out of its study session. */
  async unlinkRecording(recording: string): Promise<void> {
    await this.#store.db.deleteFrom("session_recordings").where("recording_id", "=", recording).execute();
  }

  /** Pages are cut at createdAt, so two rows of this process never share one. */
  #created(): Date {
    this.#lastCreated = Math.max(Date.now(), this.#lastCreated + 1);
    return new Date(this.#lastCreated);
  }

  #transaction<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.#store.db.transaction().execute(work);
  }
}

function toRecord(row: Selectable<Tables["analyses"]>): AnalysisRecord {
  return {
    id: row.id,
    state: row.state,
    pipeline: row.pipeline,
    mediaPath: row.media_path,
    mediaName: path.basename(row.media_path),
    config: row.config,
    ...(row.progress && { progress: row.progress }),
    ...(row.failure && { failure: row.failure }),
    createdAt: row.created_at.toISOString(),
    ...(row.started_at && { startedAt: row.started_at.toISOString() }),
    ...(row.finished_at && { finishedAt: row.finished_at.toISOString() }),
  };
}
