import type { Kysely, Migration } from "kysely";

/** Clips of a session carry a condition and a stimulus, and events: named parts of them. */
export const conditions: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable("session_analyses")
      .addColumn("condition", "text")
      .addColumn("stimulus", "text")
      .execute();
    await db.schema
      .createTable("clip_spans")
      .addColumn("id", "uuid", (c) => c.primaryKey())
      .addColumn("session_id", "text", (c) => c.notNull().references("study_sessions.id").onDelete("cascade"))
      .addColumn("analysis_id", "uuid", (c) => c.notNull().references("jobs.id").onDelete("cascade"))
      .addColumn("start_ms", "double precision", (c) => c.notNull())
      .addColumn("end_ms", "double precision", (c) => c.notNull())
      .addColumn("name", "text", (c) => c.notNull())
      .execute();
    for (const [name, column] of [
      ["clip_spans_of", "session_id"],
      ["clip_spans_on", "analysis_id"],
    ] as const)
      await db.schema.createIndex(name).on("clip_spans").column(column).execute();
  },
};
