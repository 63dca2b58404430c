import { Kysely, Migrator, PostgresDialect, sql, type PostgresPool } from "kysely";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { openEmbeddedPool } from "./embeddedPool.ts";
import { lockFolder } from "./lock.ts";
import { migrations } from "./migrations/list.ts";
import { openServerPool } from "./pool.ts";
import { makePrivateFolder } from "./privateFolder.ts";
import type { Tables } from "./schema.ts";

export interface Store extends AsyncDisposable {
  readonly db: Kysely<Tables>;
  /** The database lies in the data folder, and no other process uses it. */
  readonly embedded: boolean;
}

/**
 * Opens the database and brings its tables up to date. The data folder is locked while an embedded database is open, and
 * with `exclusive` in any case.
 * @throws AppError `conflict` when another process holds the folder, `invalid_config` when others can read it and that
 * cannot be mended, `store_unavailable` when the database fails.
 */
export async function openStore(
  config: Pick<Config, "dataDir" | "databaseUrl" | "jobs">,
  log: Log,
  { exclusive = false } = {},
): Promise<Store> {
  const embedded = config.databaseUrl === undefined;
  await makePrivateFolder(config.dataDir, log);
  const unlock = embedded || exclusive ? await lockFolder(config.dataDir) : undefined;
  const onError = (error: Error) => log.warn("store_connection_lost", { error });
  const url = config.databaseUrl;
  let pool: PostgresPool | undefined;
  try {
    pool =
      url === undefined
        ? await openEmbeddedPool(config.dataDir)
        : await openServerPool(url, onError, config.jobs.answerMs);
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    if (!(await isUpToDate(db))) {
      if (url === undefined) await migrate(db);
      else {
        const patient = await openServerPool(url, onError);
        await using tables = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: patient }) });
        await migrate(tables);
      }
    }
    return {
      db,
      embedded,
      async [Symbol.asyncDispose]() {
        await db.destroy();
        await unlock?.();
      },
    };
  } catch (cause) {
    await pool?.end();
    await unlock?.();
    if (isAppError(cause)) throw cause;
    throw new AppError(
      "store_unavailable",
      embedded
        ? `The database in ${config.dataDir} does not open. The log has the details; a copy of the folder may help.`
        : "The tables in the PostgreSQL database of EDIN_DATABASE_URL cannot be read or brought up to date. The log has the details.",
      { cause },
    );
  }
}

/** Of processes that start at once one makes the changes; the others wait until it has. */
async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error as Error;
}

/** The migrator looks at every table first, which takes half of a start: it is called when there is something to do. */
async function isUpToDate(db: Kysely<Tables>): Promise<boolean> {
  const exists = await sql<{
    found: string | null;
  }>`select to_regclass('kysely_migration')::text as found`.execute(db);
  if (exists.rows[0]?.found == null) return false;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map(({ name }) => name).join() === Object.keys(migrations).join();
}
