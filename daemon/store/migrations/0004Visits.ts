import { sql, type Kysely, type Migration } from "kysely";

/** Sessions may be called after a visit or an event of the study; responses may come from Qualtrics. */
export const visits: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("study_sessions").addColumn("label", "text").execute();
    await db.schema.alterTable("responses").dropConstraint("responses_source_check").ifExists().execute();
    await db.schema
      .alterTable("responses")
      .addCheckConstraint(
        "responses_source_check",
        sql`source in ('form', 'csv', 'redcap', 'limesurvey', 'qualtrics')`,
      )
      .execute();
  },
};
