import type { Kysely, Migration } from "kysely";

/** Which face of an analysis is the participant's, where somebody said so. */
export const faces: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("session_analyses").addColumn("face", "integer").execute();
  },
};
