import type { Kysely, Migration } from "kysely";

/** A job that is tried again waits for a while and keeps its place in the line meanwhile. */
export const notBefore: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("jobs").addColumn("not_before", "timestamptz").execute();
  },
};
