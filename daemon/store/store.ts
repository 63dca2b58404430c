import { mkdir } from "node:fs/promises";
import { Kysely, Migrator, PostgresDialect, sql, type PostgresPool } from "kysely";
import { AppError } from "../../shared/errors.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { openJobs, type Jobs } from "./jobs.ts";
import { lockFolder } from "./lock.ts";
import { migrations } from "./migrations/list.ts";
import { openEmbeddedPool, openServerPool } from "./pool.ts";
import type { Tables } from "./schema.ts";

export interface Store extends AsyncDisposable {
  readonly db: Kysely<Tables>;
  readonly jobs: Jobs;
  /** The database lies in the data folder, and no other process uses it. */
  readonly embedded: boolean;
}

/**
 * Opens the database and brings its tables up to date. The data folder is locked while an embedded database is open, and
 * with `exclusive` in any case.
 * @throws AppError `conflict` when another process holds the folder, `store_unavailable` when the database fails.
 */
export async function openStore(
  config: Pick<Config, "dataDir" | "databaseUrl">,
  log: Log,
  { exclusive = false } = {},
): Promise<Store> {
  const embedded = config.databaseUrl === undefined;
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const unlock = embedded || exclusive ? await lockFolder(config.dataDir) : undefined;
  const onError = (error: Error) => log.error("store_error", { error });
  let pool: PostgresPool | undefined;
  try {
    pool =
      config.databaseUrl === undefined
        ? await openEmbeddedPool(config.dataDir)
        : await openServerPool(config.databaseUrl, onError);
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    await migrate(db);
    const jobs = await openJobs(pool, onError);
    return {
      db,
      jobs,
      embedded,
      async [Symbol.asyncDispose]() {
        await db.destroy();
        await unlock?.();
      },
    };
  } catch (cause) {
    await pool?.end();
    await unlock?.();
    throw new AppError(
      "store_unavailable",
      embedded
        ? `The database in ${config.dataDir} does not open. The log has the details; a copy of the folder may help.`
        : "The PostgreSQL server of EDIN_DATABASE_URL does not answer. Check its address, and that it runs.",
      { cause },
    );
  }
}

/** The migrator looks at every table first, which takes half of a start: it is called when there is something to do. */
async function migrate(db: Kysely<Tables>): Promise<void> {
  if (await isUpToDate(db)) return;
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error as Error;
}

async function isUpToDate(db: Kysely<Tables>): Promise<boolean> {
  const exists = await sql<{
    found: string | null;
  }>`select to_regclass('kysely_migration')::text as found`.execute(db);
  if (exists.rows[0]?.found == null) return false;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map(({ name }) => name).join() === Object.keys(migrations).join();
}
