import { sql, type Kysely } from "kysely";
import { Secret } from "../secret.ts";
import type { Tables } from "./schema.ts";

/** A daemon that takes results from workers. */
export interface Receiver {
  /** `host:port`. */
  readonly address: string;
  /** 32 bytes in base64url. Who may read it may write every row of the queue, too. */
  readonly key: Secret;
}

/** The newest daemon that takes results; undefined where workers share its folder. */
export async function findReceiver(db: Kysely<Tables>): Promise<Receiver | undefined> {
  const row = await db.selectFrom("receivers").selectAll().orderBy("since", "desc").executeTakeFirst();
  return row && { address: row.address, key: new Secret(row.key) };
}

/** Says where a daemon takes results from now on; with nothing, that it does not. */
export async function announceReceiver(
  db: Kysely<Tables>,
  daemon: string,
  receiver: Receiver | undefined,
): Promise<void> {
  if (receiver === undefined) {
    await db.deleteFrom("receivers").where("daemon", "=", daemon).execute();
    return;
  }
  const row = { address: receiver.address, key: receiver.key.reveal(), since: sql<Date>`now()` };
  await db
    .insertInto("receivers")
    .values({ daemon, ...row })
    .onConflict((conflict) => conflict.column("daemon").doUpdateSet(row))
    .execute();
}
