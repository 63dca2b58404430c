import type { Kysely, Migration } from "kysely";

/** What a study's removal looks up for each session: without these its time grows with the square of its people. */
export const studyIndexes: Migration = {
  async up(db: Kysely<unknown>) {
    for (const table of ["session_analyses", "session_recordings", "self_reports"])
      await db.schema.createIndex(`${table}_of`).on(table).column("session_id").execute();
    await db.schema.createIndex("self_reports_on").on("self_reports").column("analysis_id").execute();
  },
};
