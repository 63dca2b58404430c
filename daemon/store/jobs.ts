import os from "node:os";
import { sql, type Kysely, type Selectable, type UpdateQueryBuilder } from "kysely";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { Job, JobProgress, JobState } from "../../shared/protocol/jobs.ts";
import {
  afterDeath,
  noRetry,
  toClaimed,
  toJob,
  type ClaimedJob,
  type JobEnd,
  type NewJob,
  type RetryPolicy,
} from "./jobRows.ts";
import { newId } from "./newId.ts";
import { countQueue, type QueueCounts } from "./queueCounts.ts";
import type { Tables } from "./schema.ts";
import { nextOfKind } from "./turns.ts";

/** What is done with a run's files while its row is locked, so that files and row never disagree. */
export interface Settlement {
  /** Puts the results of the run where they are looked for. */
  readonly publish: () => Promise<void>;
  /** Takes results away that are not those of a finished job. */
  readonly withdraw: () => Promise<unknown>;
}

/** One clock for all machines. */
const databaseNow = sql<Date>`now()`;
const silentSince = (seconds: number) => sql<Date>`now() - make_interval(secs => ${seconds})`;

/** What a row says of a job from its end on. */
const endColumns = ({ state, failure }: JobEnd) => ({
  state,
  failure: failure ? JSON.stringify(failure) : null,
  finished_at: databaseNow,
});

/**
 * The rows of jobs and how they change state. Each change names the state that it leaves, so that of two only one wins.
 *
 * A run that was taken for dead may live after all. As long as nobody took its job again it is still the job's run, whatever
 * the row says meanwhile: its next sign of life makes the job `running` again, and its end counts.
 */
export class Jobs {
  readonly #db: Kysely<Tables>;
  #lastCreated = 0;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async add({ kind, request, priority = 0, owner = thisUser() }: NewJob): Promise<Job> {
    const row = await this.#db
      .insertInto("jobs")
      .values({
        ...{ id: newId(), kind, state: "queued", request: JSON.stringify(request) },
        ...{ created_at: this.#created(), queued_at: databaseNow, priority, owner },
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toJob(row);
  }

  /** Adds one that a process runs outside of the queue, as its run 0, unless it is there. */
  async addRunning(id: string, job: NewJob, worker: string, startedAt: Date): Promise<ClaimedJob> {
    const { kind, request } = job;
    const createdAt = this.#created();
    await this.#db
      .insertInto("jobs")
      .values({
        ...{ id, kind, state: "running", request: JSON.stringify(request), worker },
        ...{ created_at: createdAt, queued_at: createdAt, started_at: startedAt, heartbeat_at: databaseNow },
      })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
    return { ...(await this.get(id))!, deaths: 0, run: 0 };
  }

  async get(id: string, kind?: string): Promise<Job | undefined> {
    let query = this.#db.selectFrom("jobs").selectAll().where("id", "=", id);
    if (kind !== undefined) query = query.where("kind", "=", kind);
    const row = await query.executeTakeFirst();
    return row && toJob(row);
  }

  /** The newest first, without their logs; `before` is the createdAt of the last one of the page before. */
  async list(filter: {
    kind?: string | undefined;
    state?: JobState | undefined;
    before?: string | undefined;
    limit: number;
  }): Promise<Job[]> {
    let query = this.#db.selectFrom("jobs").selectAll();
    if (filter.kind !== undefined) query = query.where("kind", "=", filter.kind);
    if (filter.state !== undefined) query = query.where("state", "=", filter.state);
    if (filter.before !== undefined) query = query.where("created_at", "<", new Date(filter.before));
    const rows = await query
      .orderBy("created_at", "desc")
      .orderBy("id", "desc")
      .limit(filter.limit)
      .execute();
    // Of many, their logs would be most of the answer.
    return rows.map((row) => toJob({ ...row, log: null }));
  }

  /** Jobs of a kind that wait, without their logs, in the order in which they are taken if none ends meanwhile. */
  async next(kind: string, { skip, limit }: { skip: number; limit: number }): Promise<Job[]> {
    const ids = (await nextOfKind(this.#db, kind, skip + limit)).slice(skip);
    if (ids.length === 0) return [];
    const rows = await this.#db.selectFrom("jobs").selectAll().where("id", "in", ids).execute();
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.flatMap((id) => {
      const row = byId.get(id);
      return row?.state === "queued" ? [toJob({ ...row, log: null })] : [];
    });
  }

  async count(kind?: string): Promise<{ queued: number; running: number }> {
    let query = this.#db
      .selectFrom("jobs")
      .select(["state", sql<number>`count(*)::int`.as("n")])
      .where("state", "in", ["queued", "running"]);
    if (kind !== undefined) query = query.where("kind", "=", kind);
    const rows = await query.groupBy("state").execute();
    const of = (state: string) => rows.find((row) => row.state === state)?.n ?? 0;
    return { queued: of("queued"), running: of("running") };
  }

  /**
   * Takes a job of a kind: of the highest priority, of the owner who has the fewest at work and was served longest ago, the one
   * that waited longest. Two workers never get the same one; none is taken while the kind is paused.
   */
  async claim(worker: string, kind: string): Promise<ClaimedJob | undefined> {
    // Each owner is found by a step along the index, however many jobs wait.
    const { rows } = await sql<Selectable<Tables["jobs"]>>`
      with recursive first as (
        select priority from jobs
        where kind = ${kind} and state = 'queued' and (not_before is null or not_before <= now())
          and not exists (select from queue_pauses where queue_pauses.kind = ${kind})
        order by priority desc limit 1
      ), waiting(owner) as (
        (select owner from jobs
         where kind = ${kind} and state = 'queued' and priority = (select priority from first) order by owner limit 1)
        union all
        select (select j.owner from jobs j
                where j.kind = ${kind} and j.state = 'queued' and j.priority = (select priority from first)
                  and j.owner > waiting.owner order by j.owner limit 1)
        from waiting where waiting.owner is not null
      ), turns as materialized (
        select owner,
               (select count(*) from jobs r where r.kind = ${kind} and r.state = 'running' and r.owner = waiting.owner) as at_work,
               (select max(s.started_at) from jobs s
                where s.kind = ${kind} and s.owner = waiting.owner and s.started_at is not null) as served_at
        from waiting where owner is not null
      ), heads as materialized (
        select head.id, head.queued_at, turns.at_work, turns.served_at
        from turns cross join lateral (
          select id, queued_at from jobs
          where kind = ${kind} and state = 'queued' and priority = (select priority from first)
            and owner = turns.owner and (not_before is null or not_before <= now())
          order by queued_at, id limit ${headsEach}
        ) as head
        order by turns.at_work, turns.served_at nulls first, head.queued_at, head.id limit ${headsMost}
      ), chosen as (
        select j.id from heads join jobs j on j.id = heads.id
        where j.state = 'queued'
        order by heads.at_work, heads.served_at nulls first, heads.queued_at, j.id
        limit 1 for update of j skip locked
      )
      update jobs set state = 'running', worker = ${worker}, run = run + 1, started_at = now(), heartbeat_at = now(),
             finished_at = null, cancel_requested = false, progress = null, failure = null
      from chosen where jobs.id = chosen.id
      returning jobs.*`.execute(this.#db);
    return rows[0] && toClaimed(rows[0]);
  }

  /** Says how urgent a job is that waits; undefined where it does not. */
  async setPriority(id: string, priority: number): Promise<Job | undefined> {
    const row = await this.#db
      .updateTable("jobs")
      .set({ priority })
      .where("id", "=", id)
      .where("state", "=", "queued")
      .returningAll()
      .executeTakeFirst();
    return row && toJob(row);
  }

  /** No job of the kind is begun, or they are again; on every machine. */
  async pause(kind: string, paused: boolean): Promise<void> {
    if (!paused) await this.#db.deleteFrom("queue_pauses").where("kind", "=", kind).execute();
    else
      await this.#db
        .insertInto("queue_pauses")
        .values({ kind, since: databaseNow })
        .onConflict((conflict) => conflict.column("kind").doNothing())
        .execute();
  }

  /** The queue as a whole. */
  overview(): Promise<QueueCounts> {
    return countQueue(this.#db);
  }

  /** Says that a run lives, how far it is, and what is logged of it where that is new. The answer says whether to go on. */
  async beat({ id, run }: ClaimedJob, progress?: JobProgress, log?: string): Promise<"go_on" | "stop"> {
    const row = await this.#db
      .updateTable("jobs")
      .set({
        ...{ state: "running", heartbeat_at: databaseNow, failure: null, finished_at: null },
        ...(progress && { progress: JSON.stringify(progress) }),
        ...(log !== undefined && { log }),
      })
      .where("id", "=", id)
      .$call(stillOf(run))
      .returning("cancel_requested")
      .executeTakeFirst();
    return row === undefined || row.cancel_requested ? "stop" : "go_on";
  }

  /**
   * Ends a run and settles its files in the same transaction. Undefined when the job is no longer this run's: then nothing of
   * it counts. One whose process died is queued again, or set aside, as the policy says.
   */
  async finish(
    { id, run }: Pick<ClaimedJob, "id" | "run">,
    end: JobEnd,
    { publish, withdraw }: Settlement,
    policy: RetryPolicy = noRetry,
  ): Promise<Job | undefined> {
    return this.#db.transaction().execute(async (t) => {
      const found = await t
        .selectFrom("jobs")
        .select(["run", "state", "deaths"])
        .where("id", "=", id)
        .forUpdate()
        .executeTakeFirst();
      if (found?.run !== run || !openStates.includes(found.state)) {
        // Of this run, if it lost the job in the very moment of an earlier attempt.
        if (found?.state !== "done") await withdraw();
        return undefined;
      }
      await (end.state === "done" ? publish() : withdraw());
      const after = end.state === "interrupted" ? afterDeath(found.deaths + 1, policy) : {};
      const row = await t
        .updateTable("jobs")
        .set({
          ...endColumns(end),
          ...(end.progress && { progress: JSON.stringify(end.progress) }),
          ...(end.log !== undefined && { log: end.log }),
          ...after,
          // A late sign of life of this run, on its way while this was said, does not count any more.
          ...(end.state === "interrupted" && { run: run + 1 }),
        })
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirstOrThrow();
      return toJob(row);
    });
  }

  /** A job that waits is cancelled at once, one that runs as soon as its worker hears of it. */
  async cancel(id: string): Promise<Job | undefined> {
    const row = await this.#db
      .updateTable("jobs")
      .set({
        state: sql<JobState>`case state when 'queued' then 'cancelled' else state end`,
        finished_at: sql<Date | null>`case state when 'queued' then now() else finished_at end`,
        cancel_requested: sql<boolean>`state = 'running'`,
      })
      .where("id", "=", id)
      .where("state", "in", ["queued", "running"])
      .returningAll()
      .executeTakeFirst();
    return row ? toJob(row) : this.get(id);
  }

  /** Undefined unless it had ended without a result. A run of it that lives after all has lost it. */
  async retry(id: string): Promise<Job | undefined> {
    const row = await this.#db
      .updateTable("jobs")
      .set((e) => ({
        ...{
          state: "queued",
          run: e("run", "+", 1),
          queued_at: databaseNow,
          not_before: null,
          cancel_requested: false,
        },
        ...{ failure: null, progress: null, worker: null, started_at: null, finished_at: null },
        ...{ deaths: 0, log: null },
      }))
      .where("id", "=", id)
      .where("state", "in", ["failed", "cancelled", "interrupted"])
      .returningAll()
      .executeTakeFirst();
    return row && toJob(row);
  }

  /**
   * Ends the runs that were not heard of for so long: `interrupted` or what the policy says, or `done` where the results are in
   * place already. Their folders stay for now: a run may live after all.
   * @param ours runs of this process, which knows better.
   * @param inPlace whether the results of a job are there; asked while its row is locked.
   */
  async endSilent(
    seconds: number,
    failure: Failure,
    ours: readonly string[],
    inPlace: (job: ClaimedJob) => Promise<boolean>,
    policyOf: (kind: string) => RetryPolicy = () => noRetry,
  ): Promise<Job[]> {
    return this.#db.transaction().execute(async (t) => {
      let query = t
        .selectFrom("jobs")
        .selectAll()
        .where("state", "=", "running")
        .where("heartbeat_at", "<=", silentSince(seconds));
      if (ours.length > 0) query = query.where("id", "not in", ours);
      const ended: Job[] = [];
      for (const silent of (await query.forUpdate().skipLocked().execute()).map(toClaimed)) {
        const end: JobEnd = (await inPlace(silent)) ? { state: "done" } : { state: "interrupted", failure };
        const row = await t
          .updateTable("jobs")
          .set({
            ...endColumns(end),
            // Run 0 is a live session: it cannot be done again, and its recording waits for whoever wants it analysed.
            ...(end.state === "interrupted" &&
              afterDeath(silent.deaths + 1, silent.run === 0 ? noRetry : policyOf(silent.kind))),
          })
          .where("id", "=", silent.id)
          .returningAll()
          .executeTakeFirstOrThrow();
        ended.push(toJob(row));
      }
      return ended;
    });
  }

  /** Gives a job back that this run cannot do, for another worker: it keeps its place, and it counts as no try. Undefined when it is another run's. */
  async giveBack({ id, run }: ClaimedJob, why: string): Promise<Job | undefined> {
    const row = await this.#db
      .updateTable("jobs")
      .set({
        ...{ state: "queued", started_at: null },
        progress: JSON.stringify({ text: why }),
      })
      .where("id", "=", id)
      .where("run", "=", run)
      .where("state", "=", "running")
      .where("cancel_requested", "=", false)
      .returningAll()
      .executeTakeFirst();
    return row && toJob(row);
  }

  /** Whether this run may still end its job. */
  async isRunOf(id: string, run: number): Promise<boolean> {
    const row = await this.#db
      .selectFrom("jobs")
      .select("id")
      .where("id", "=", id)
      .where("run", "=", run)
      .where("state", "in", openStates)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Whether this is the run of the job that goes on now. */
  async goesOn(id: string, run: number): Promise<boolean> {
    const row = await this.#db
      .selectFrom("jobs")
      .select("id")
      .where("id", "=", id)
      .where("run", "=", run)
      .where("state", "=", "running")
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Not one that runs. */
  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom("jobs").where("id", "=", id).where("state", "!=", "running").execute();
  }

  /** Pages are cut at createdAt, so two rows of this process never share one. */
  #created(): Date {
    this.#lastCreated = Math.max(Date.now(), this.#lastCreated + 1);
    return new Date(this.#lastCreated);
  }
}

/** States in which the last run of a job may still go on, seen from the database. */
const openStates: readonly JobState[] = ["running", "interrupted", "queued"];
/** So many of each owner are looked at, so that workers that come at once find one each. */
const headsEach = 8;
/** So few that they are looked up one by one, never by reading the whole table. */
const headsMost = 64;

/** Whoever this process belongs to, and where. */
function thisUser(): string {
  return `${os.userInfo().username}@${os.hostname()}`.slice(0, 100);
}

/** Rows that still belong to this run. */
function stillOf(run: number) {
  return <O>(query: UpdateQueryBuilder<Tables, "jobs", "jobs", O>) =>
    query.where("run", "=", run).where("state", "in", openStates);
}
