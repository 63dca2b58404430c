import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import path from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import { AppError } from "../../shared/errors.ts";
import { mendAll } from "./privateFolder.ts";

/** A database that could not be opened again is left alone for so long. */
const restMs = 1000;

/**
 * PGlite, the Postgres inside this process, in the shape of a pool with one connection: whoever connects waits until the
 * one before has released, so that a transaction never mixes with another's statements. The same Kysely dialect
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
    await (await openPrivately(fresh)).close();
    await rename(fresh, folder);
  }
  const database = new Embedded(folder, await openPrivately(folder));
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
  #database: PGlite;
  #health: Health = "well";
  #triedAt = -Infinity;

  constructor(folder: string, database: PGlite) {
    this.#folder = folder;
    this.#database = database;
  }

  /** @throws AppError `store_unavailable`, `disk_full` where it does not open again */
  async ready(): Promise<void> {
    if (this.#health === "well") return;
    if (performance.now() - this.#triedAt < restMs) throw away(this.#folder);
    try {
      await this.#closeBroken();
      this.#database = await openPrivately(this.#folder);
      this.#health = "well";
    } catch (error) {
      throw failureOf(error, this.#folder) ?? away(this.#folder, error);
    } finally {
      this.#triedAt = performance.now();
    }
  }

  /** Without parameters a text may hold several statements, as with a server. */
  async query(text: string, parameters: readonly unknown[] = []): Promise<PostgresQueryResult<unknown>> {
    if (this.#health === "dead") throw away(this.#folder);
    try {
      const result =
        parameters.length === 0
          ? (await this.#database.exec(text)).at(-1)
          : await this.#database.query(text, [...parameters]);
      return {
        command: (result?.command ?? "SELECT") as PostgresQueryResult<unknown>["command"],
        rowCount: result?.affectedRows ?? 0,
        rows: result?.rows ?? [],
      };
    } catch (error) {
      const health = healthAfter(error);
      if (health !== "well") this.#health = health;
      throw failureOf(error, this.#folder) ?? error;
    }
  }

  async close(): Promise<void> {
    if (this.#health === "well") await this.#database.close();
    else await this.#closeBroken();
  }

  async #closeBroken(): Promise<void> {
    // One that is dead would never answer, and writes no more.
    if (this.#health === "broken") await this.#database.close().catch(() => undefined);
    this.#health = "dead";
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
  if (severity === "PANIC" || severity === "FATAL" || (error as Error).name === "RuntimeError") return "dead";
  // PGlite keeps wrong notes of files that it could not make.
  if (code !== "53100" && aboutFiles.test(message)) return "broken";
  return code?.startsWith("58") === true || message === "PGlite is closed" ? "broken" : "well";
}

function failureOf(error: unknown, folder: string): AppError | undefined {
  if ((error as DatabaseError).code === "53100")
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

/** An instance whose files are for this user alone from the moment when they are made. */
async function openPrivately(folder: string): Promise<PGlite> {
  const [{ PGlite: Instance }, { NodeFS }] = await Promise.all([
    import("@electric-sql/pglite"),
    import("@electric-sql/pglite/nodefs"),
  ]);
  class PrivateFiles extends NodeFS {
    override async init(...[instance, options]: Parameters<InstanceType<typeof NodeFS>["init"]>) {
      const { emscriptenOpts } = await super.init(instance, options);
      const preRun = [...(emscriptenOpts.preRun ?? []), keepPrivate];
      return { emscriptenOpts: { ...emscriptenOpts, preRun } };
    }
  }
  const database = await Instance.create({ fs: new PrivateFiles(folder) });
  // An older version's, and those of a copy.
  mendAll(folder);
  return database;
}

interface FileAttributes {
  readonly mode?: number;
}

/** The part of Emscripten's NODEFS through which every change of a file's mode goes. It minds no umask. */
interface NodeFiles {
  doSetAttr?: (where: unknown, node: unknown, attributes: FileAttributes, ...more: unknown[]) => void;
}

function keepPrivate(module: { NODEFS: unknown }): void {
  const files = module.NODEFS as NodeFiles;
  const { doSetAttr } = files;
  // Another version of PGlite may do it elsewhere: its files are mended at each start and end.
  if (doSetAttr === undefined) return;
  files.doSetAttr = (where, node, attributes, ...more) => {
    const { mode } = attributes;
    doSetAttr(where, node, mode === undefined ? attributes : { ...attributes, mode: mode & ~0o077 }, ...more);
  };
}
