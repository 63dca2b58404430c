import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import type { Root } from "../../shared/protocol/media.ts";
import { resolveConfined, resolveFolder } from "./confined.ts";
import type { Tables } from "./schema.ts";

/** The folders whose media may be read. Paths are real: links were followed when the folder was granted. */
export class Roots {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** Granting a folder again gives the same grant. */
  async grant(folder: string): Promise<Root> {
    const path = await resolveFolder(folder);
    await this.#db
      .insertInto("roots")
      .values({ id: randomUUID(), path, created_at: new Date() })
      .onConflict((conflict) => conflict.column("path").doNothing())
      .execute();
    return toRoot(
      await this.#db.selectFrom("roots").selectAll().where("path", "=", path).executeTakeFirstOrThrow(),
    );
  }

  async revoke(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db.deleteFrom("roots").where("id", "=", id).executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async list(): Promise<Root[]> {
    return (await this.#db.selectFrom("roots").selectAll().orderBy("path").execute()).map(toRoot);
  }

  /** The path, if it lies in a granted folder; see {@link resolveConfined}. */
  async resolve(asked: string): Promise<string> {
    const roots = await this.#db.selectFrom("roots").select("path").execute();
    return resolveConfined(
      asked,
      roots.map((root) => root.path),
    );
  }
}

function toRoot(row: { id: string; path: string; created_at: Date }): Root {
  return { id: row.id, path: row.path, createdAt: row.created_at.toISOString() };
}
