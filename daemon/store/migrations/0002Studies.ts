import { sql, type Kysely, type Migration } from "kysely";

/** Studies with what belongs to them. Deleting a study or a participant takes everything below along. */
export const studies: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("studies")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("created_at", "timestamptz", (c) => c.notNull())
      // cutoffs.json as it stands: reports print its hash.
      .addColumn("cutoffs", "text")
      .addColumn("deleting", "boolean", (c) => c.notNull().defaultTo(false))
      .execute();
    await db.schema
      .createTable("consent_texts")
      .addColumn("study_id", "text", (c) => c.notNull().references("studies.id").onDelete("cascade"))
      .addColumn("version", "text", (c) => c.notNull())
      .addColumn("position", "integer", (c) => c.notNull())
      .addColumn("text", "text", (c) => c.notNull())
      .addPrimaryKeyConstraint("consent_texts_key", ["study_id", "version"])
      .addUniqueConstraint("consent_texts_order", ["study_id", "position"])
      .execute();
    await db.schema
      .createTable("participants")
      .addColumn("study_id", "text", (c) => c.notNull().references("studies.id").onDelete("cascade"))
      .addColumn("id", "text", (c) => c.notNull())
      .addColumn("created_at", "timestamptz", (c) => c.notNull())
      .addColumn("retain_until", "timestamptz")
      .addColumn("consent", "jsonb")
      .addColumn("covariates", "jsonb", (c) => c.notNull())
      .addColumn("deleting", "boolean", (c) => c.notNull().defaultTo(false))
      .addPrimaryKeyConstraint("participants_key", ["study_id", "id"])
      .execute();
    await db.schema
      .createTable("study_sessions")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("study_id", "text", (c) => c.notNull())
      .addColumn("participant_id", "text", (c) => c.notNull())
      .addColumn("started_at", "timestamptz", (c) => c.notNull())
      .addForeignKeyConstraint(
        "study_sessions_participant",
        ["study_id", "participant_id"],
        "participants",
        ["study_id", "id"],
        (c) => c.onDelete("cascade"),
      )
      .execute();
    await db.schema
      .createIndex("study_sessions_of")
      .on("study_sessions")
      .columns(["study_id", "participant_id"])
      .execute();
    await db.schema
      .createTable("session_analyses")
      .addColumn("analysis_id", "uuid", (c) => c.primaryKey().references("analyses.id").onDelete("cascade"))
      .addColumn("session_id", "text", (c) => c.notNull().references("study_sessions.id").onDelete("cascade"))
      .addColumn("role", "text", (c) => c.notNull().check(sql`role in ('baseline', 'stimulus', 'other')`))
      .execute();
    await db.schema
      .createTable("session_recordings")
      .addColumn("recording_id", "text", (c) => c.primaryKey())
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("sha256", "text")
      .addColumn("session_id", "text", (c) => c.notNull().references("study_sessions.id").onDelete("cascade"))
      .execute();
    await db.schema
      .createTable("responses")
      .addColumn("session_id", "text", (c) =>
        c.primaryKey().references("study_sessions.id").onDelete("cascade"),
      )
      .addColumn("id", "text", (c) => c.notNull().unique())
      .addColumn("source", "text", (c) =>
        c.notNull().check(sql`source in ('form', 'csv', 'redcap', 'limesurvey')`),
      )
      .addColumn("items", "jsonb", (c) => c.notNull())
      .addColumn("completed_at", "timestamptz")
      .execute();
    await db.schema
      .createTable("self_reports")
      .addColumn("id", "uuid", (c) => c.primaryKey())
      .addColumn("session_id", "text", (c) => c.notNull().references("study_sessions.id").onDelete("cascade"))
      .addColumn("analysis_id", "uuid", (c) => c.notNull().references("analyses.id").onDelete("cascade"))
      .addColumn("start_ms", "double precision", (c) => c.notNull())
      .addColumn("end_ms", "double precision", (c) => c.notNull())
      .addColumn("label", "text", (c) => c.notNull())
      .execute();
    await db.schema
      .createTable("form_links")
      .addColumn("session_id", "text", (c) =>
        c.primaryKey().references("study_sessions.id").onDelete("cascade"),
      )
      .addColumn("code_hash", "text")
      .addColumn("cookie_hash", "text")
      .addColumn("expires_at", "timestamptz", (c) => c.notNull())
      .execute();
  },
};
