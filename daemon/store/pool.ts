import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import path from "node:path";
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import type { Secret } from "../secret.ts";

/** Connections to a PostgreSQL server. */
export async function openServerPool(url: Secret, onError: (error: Error) => void): Promise<PostgresPool> {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    max: 8,
    connectionTimeoutMillis: 10_000,
    application_name: "edin",
  });
  // A server that goes away ends idle connections; the next query opens a new one or fails by itself.
  pool.on("error", onError);
  return pool;
}

/**
 * PGlite, the Postgres inside this process, in the shape of a pool with one connection: whoever connects waits until the
 * one before has released, so that a transaction never mixes with another's statements. The same Kysely dialect and
 * the same pg-boss then serve both.
 */
export async function openEmbeddedPool(dataDir: string): Promise<PostgresPool> {
  const { PGlite } = await import("@electric-sql/pglite");
  const folder = path.join(dataDir, "db");
  if (!existsSync(folder)) {
    // A first start that is killed must not leave half a database.
    const fresh = `${folder}.new`;
    await rm(fresh, { recursive: true, force: true });
    await (await PGlite.create(fresh)).close();
    await rename(fresh, folder);
  }
  const database = await PGlite.create(folder);
  let last: Promise<void> = Promise.resolve();

  // Without parameters a text may hold several statements, as with a server.
  const query = async (
    text: string,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<unknown>> => {
    const result =
      parameters.length === 0
        ? (await database.exec(text)).at(-1)
        : await database.query(text, [...parameters]);
    return {
      command: (result?.command ?? "SELECT") as PostgresQueryResult<unknown>["command"],
      rowCount: result?.affectedRows ?? 0,
      rows: result?.rows ?? [],
    };
  };

  return {
    async connect() {
      const before = last;
      let release = (): void => undefined;
      last = new Promise((resolve) => (release = resolve));
      await before;
      return { query, release } as PostgresPoolClient;
    },
    async end() {
      await last;
      await database.close();
    },
  };
}
