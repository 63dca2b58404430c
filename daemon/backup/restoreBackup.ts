import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { sql, type Kysely } from "kysely";
import * as yauzl from "yauzl";
import { AppError } from "../../shared/errors.ts";
import { makeFolder, removeFolder } from "../store/files.ts";
import type { Tables } from "../store/schema.ts";
import { allowedName, backupListSchema, backupListName, keptFolders, type BackupList } from "./format.ts";
import { insertRows, madeMigrations, tablesInOrder } from "./tables.ts";
import { isMissing } from "../missing.ts";

/**
 * Puts a backup into an empty data folder and an empty database, as a whole or not at all: everything is unpacked and checked
 * by its hash aside; the folders get their names inside the transaction that writes the rows.
 * @throws AppError `conflict` where something is there already, or for a backup of another version; `invalid_request` for what
 * is no backup, or damaged; `disk_full`
 */
export async function restoreBackup(db: Kysely<Tables>, dataDir: string, file: string): Promise<BackupList> {
  await refuseFull(db, dataDir);
  const aside = path.join(dataDir, `.restore-${randomUUID()}`);
  try {
    const list = await unpack(file, aside);
    const made = await madeMigrations(db);
    if (list.migrations.join() !== made.join())
      throw new AppError(
        "conflict",
        `This backup is of EDIN ${list.edin}, whose tables are not those of this version. Restore it with that version, then start this one on the folder: it brings the tables up to date.`,
      );
    await db.transaction().execute(async (t) => {
      for (const table of list.tables) {
        const text = await readFile(path.join(aside, "database", `${table}.jsonl`), "utf8");
        await insertRows(
          t,
          table,
          text.split("\n").filter((line) => line !== ""),
        );
      }
      for (const name of [...keptFolders, "config.json"])
        await moveIfThere(path.join(aside, name), path.join(dataDir, name));
    });
    return list;
  } finally {
    await removeFolder(aside);
  }
}

async function refuseFull(db: Kysely<Tables>, dataDir: string): Promise<void> {
  const full = (what: string) =>
    new AppError(
      "conflict",
      `${what} is not empty: a backup is restored to a new place. Name another with --data-dir.`,
    );
  for (const table of await tablesInOrder(db)) {
    const { rows } = await sql`select 1 from ${sql.id(table)} limit 1`.execute(db);
    if (rows.length > 0) throw full("The database");
  }
  for (const folder of keptFolders) {
    const names = await readdir(path.join(dataDir, folder)).catch(() => []);
    if (names.length > 0) throw full(path.join(dataDir, folder));
  }
}

async function unpack(file: string, aside: string): Promise<BackupList> {
  const zip = await yauzl
    .openPromise(file, { strictFileNames: true, validateEntrySizes: true, autoClose: false })
    .catch((cause: unknown) => {
      throw broken("It is not a zip file, or it is cut off.", cause);
    });
  try {
    await makeFolder(aside);
    const found = new Map<string, string>();
    let list: BackupList | undefined;
    for await (const entry of zip.eachEntry()) {
      const { fileName: name } = entry;
      const stream = await zip.openReadStreamPromise(entry);
      // What is wrong with it is told to whoever reads it, also later: an unzipping stream only says so once.
      stream.on("error", (error: Error) => stream.destroy(error));
      if (name === backupListName) {
        list = readList((await buffer(stream)).toString("utf8"));
        continue;
      }
      if (!allowedName.test(name) || found.has(name))
        throw broken(`It holds ${JSON.stringify(name.slice(0, 200))}, which belongs to no backup.`);
      const target = path.join(aside, ...name.split("/"));
      await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
      const hash = createHash("sha256");
      stream.on("data", (piece: Buffer) => hash.update(piece));
      await pipeline(stream, createWriteStream(target, { flags: "wx", mode: 0o600 }));
      found.set(name, hash.digest("hex"));
    }
    if (list === undefined) throw broken(`It has no ${backupListName}.`);
    const wrong = list.files.find(({ name, sha256 }) => found.get(name) !== sha256);
    if (wrong !== undefined) throw broken(`${wrong.name} is missing or not the file that was backed up.`);
    if (found.size !== list.files.length) throw broken("It holds files that it does not list.");
    const missing = list.tables.find((table) => !found.has(`database/${table}.jsonl`));
    if (missing !== undefined) throw broken(`The table ${missing} is missing.`);
    return list;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT")
      throw new AppError("disk_full", "No room to unpack the backup. Free some space and try again.", {
        cause,
      });
    throw broken("It is damaged.", cause);
  } finally {
    zip.close();
  }
}

function readList(text: string): BackupList {
  try {
    return backupListSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw broken(`Its ${backupListName} cannot be read.`, cause);
  }
}

async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    // Empty folders of this name are replaced.
    await removeFolder(to);
    await rename(from, to);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function broken(what: string, cause?: unknown): AppError {
  return new AppError("invalid_request", `This is no backup of EDIN. ${what} Take another copy.`, { cause });
}
