import { sql, type Kysely, type Migration } from "kysely";

export const analyses: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("analyses")
      .addColumn("id", "uuid", (c) => c.primaryKey())
      .addColumn("state", "text", (c) =>
        c.notNull().check(sql`state in ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')`),
      )
      .addColumn("pipeline", "text", (c) => c.notNull())
      .addColumn("media_path", "text", (c) => c.notNull())
      .addColumn("config", "jsonb", (c) => c.notNull())
      .addColumn("progress", "jsonb")
      .addColumn("failure", "jsonb")
      .addColumn("worker", "uuid")
      .addColumn("heartbeat_at", "timestamptz")
      .addColumn("cancel_requested", "boolean", (c) => c.notNull().defaultTo(false))
      .addColumn("created_at", "timestamptz", (c) => c.notNull())
      .addColumn("started_at", "timestamptz")
      .addColumn("finished_at", "timestamptz")
      .execute();
    await db.schema.createIndex("analyses_created").on("analyses").columns(["created_at", "id"]).execute();
    await db.schema.createIndex("analyses_state").on("analyses").columns(["state", "created_at"]).execute();
    await db.schema
      .createTable("roots")
      .addColumn("id", "uuid", (c) => c.primaryKey())
      .addColumn("path", "text", (c) => c.notNull().unique())
      .addColumn("created_at", "timestamptz", (c) => c.notNull())
      .execute();
  },
};
