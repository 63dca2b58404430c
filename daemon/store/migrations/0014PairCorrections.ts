import type { Kysely, Migration } from "kysely";

/** The corrections that a decision on two faces wrote, so that they go where it is taken back. */
export const pairCorrections: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable("face_pairs").addColumn("corrections", "jsonb").execute();
  },
};
