import { sql, type Kysely, type Migration } from "kysely";

/** Whose turn it is, how often a job was tried, and what a queue of a hundred thousand jobs needs to stay quick. */
export const queue: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable("jobs")
      .addColumn("priority", "integer", (c) => c.notNull().defaultTo(0))
      // The user or study that asked; those that wait take turns.
      .addColumn("owner", "text", (c) => c.notNull().defaultTo(""))
      // Runs since somebody asked for it, which ended with their process.
      .addColumn("deaths", "integer", (c) => c.notNull().defaultTo(0))
      .addColumn("log", "text")
      .execute();
    await sql`drop index jobs_waiting`.execute(db);
    await sql`create index jobs_waiting on jobs (kind, priority desc, owner, queued_at, id) where state = 'queued'`.execute(
      db,
    );
    await sql`create index jobs_turns on jobs (kind, owner, started_at) where started_at is not null`.execute(
      db,
    );
    await sql`create index jobs_at_work on jobs (kind, owner) where state = 'running'`.execute(db);
    await sql`create index jobs_all on jobs (created_at desc, id desc)`.execute(db);
    await sql`create index jobs_all_state on jobs (state, created_at desc, id desc)`.execute(db);
    await db.schema
      .createTable("queue_pauses")
      .addColumn("kind", "text", (c) => c.primaryKey())
      .addColumn("since", "timestamptz", (c) => c.notNull())
      .execute();
  },
};
