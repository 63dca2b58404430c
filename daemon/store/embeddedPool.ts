import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import path from "node:path";
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import { AppError, diskFailure, isAppError } from "../../shared/errors.ts";
import { DatabaseThread } from "./databaseThread.ts";
import { mendAll } from "./privateFolder.ts";

/** A database that could not be opened again is left alone for so long. */
const restMs = 1000;

/**
 * PGlite, the Postgres in a thread of this process, in the shape of a pool with one connection: whoever connects waits until
 * the one before has released, so that a transaction never mixes with another's statements. The same Kysely dialect
 * then serves both. A database whose disk failed it is opened again for the next one who connects, as often as it takes.
 *
 * Fails as `disk_full` where the data folder has no room, as `store_unavailable` where it cannot be read or written.
 */
export async function openEmbeddedPool(dataDir: string): Promise<PostgresPool> {
  const folder = path.join(dataDir, "db");
  if (!existsSync(folder)) {
    // A first start that is killed must not leave half a database.
    const fresh = `${folder}.new`;
    await rm(fresh, { recursive: true, force: true });
    const making = await openThread(fresh);
    await making.close();
    await making.end();
    await rename(fresh, folder);
  }
  const database = new Embedded(folder, await openThread(folder));
  let last: Promise<void> = Promise.resolve();
  return {
    async connect() {
      const before = last;
      let release = (): void => undefined;
      last = new Promise((resolve) => (release = resolve));
      await before;
      try {
        await database.ready();
      } catch (error) {
        release();
        throw error;
      }
      const query = (text: string, parameters?: readonly unknown[]) => database.query(text, parameters);
      return { query, release } as PostgresPoolClient;
    },
    async end() {
      await last;
      await database.close();
      mendAll(folder);
    },
  };
}

/** What became of the instance by a failure: it goes on, it has to be opened again, or it will never answer again. */
type Health = "well" | "broken" | "dead";

class Embedded {
  readonly #folder: string;
  #database: DatabaseThread;
  #health: Health = "well";
  #triedAt = -Infinity;

  constructor(folder: string, database: DatabaseThread) {
    this.#folder = folder;
    this.#database = database;
  }

  /** @throws AppError `store_unavailable`, `disk_full` where it does not open again */
  async ready(): Promise<void> {
    if (this.#health === "well") return;
    if (performance.now() - this.#triedAt < restMs) throw away(this.#folder);
    try {
      await this.#closeBroken();
      this.#database = await openThread(this.#folder);
      this.#health = "well";
    } catch (error) {
      throw isAppError(error) ? error : away(this.#folder, error);
    } finally {
      this.#triedAt = performance.now();
    }
  }

  async query(text: string, parameters: readonly unknown[] = []): Promise<PostgresQueryResult<unknown>> {
    if (this.#health === "dead") throw away(this.#folder);
    try {
      const { command = "SELECT", affected = 0, rows } = await this.#database.query(text, parameters);
      return { command: command as PostgresQueryResult<unknown>["command"], rowCount: affected, rows };
    } catch (error) {
      const health = healthAfter(error);
      if (health !== "well") this.#health = health;
      throw failureOf(error, this.#folder) ?? error;
    }
  }

  async close(): Promise<void> {
    if (this.#health === "well") await this.#database.close();
    await this.#closeBroken();
  }

  async #closeBroken(): Promise<void> {
    // One that is dead would never answer, and writes no more.
    if (this.#health === "broken") await this.#database.close().catch(() => undefined);
    this.#health = "dead";
    await this.#database.end();
  }
}

async function openThread(folder: string): Promise<DatabaseThread> {
  const thread = new DatabaseThread();
  try {
    await thread.open(folder);
    return thread;
  } catch (error) {
    await thread.end();
    throw failureOf(error, folder) ?? error;
  }
}

interface DatabaseError {
  readonly code?: string;
  readonly severity?: string;
  readonly message?: string;
}

/** A file could not be opened, made or written, whatever the reason. */
const aboutFiles = /^could not (?:open|create|extend|write|read|flush|fsync|rename|remove|stat|access)/;

function healthAfter(error: unknown): Health {
  const { code, severity = "", message = "" } = error as DatabaseError;
  // Its file system failed outside of a call that tells PostgreSQL of it.
  if ((error as Error).name === "ErrnoError") return "broken";
  if (severity === "PANIC" || severity === "FATAL" || (error as Error).name === "RuntimeError") return "dead";
  // PGlite keeps wrong notes of files that it could not make.
  if (code !== "53100" && aboutFiles.test(message)) return "broken";
  return code?.startsWith("58") === true || message === "PGlite is closed" ? "broken" : "well";
}

function failureOf(error: unknown, folder: string): AppError | undefined {
  if ((error as DatabaseError).code === "53100" || diskFailure(error)?.code === "disk_full")
    return new AppError(
      "disk_full",
      `There is no room left for the database in ${folder}. Free some space and try again; what was acknowledged is kept.`,
      { cause: error },
    );
  return healthAfter(error) === "well" ? undefined : away(folder, error);
}

function away(folder: string, cause?: unknown): AppError {
  return new AppError(
    "store_unavailable",
    `The database in ${folder} cannot be read or written just now. See that the disk has room and the folder can be written, then try again; what was acknowledged is kept.`,
    { cause },
  );
}
