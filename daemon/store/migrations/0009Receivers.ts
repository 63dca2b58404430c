import type { Kysely, Migration } from "kysely";

/** Where daemons take results of workers that share no folder with them, and with which key. */
export const receivers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("receivers")
      .addColumn("daemon", "text", (c) => c.primaryKey())
      .addColumn("address", "text", (c) => c.notNull())
      .addColumn("key", "text", (c) => c.notNull())
      .addColumn("since", "timestamptz", (c) => c.notNull())
      .execute();
  },
};
