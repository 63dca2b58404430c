import { createReadStream, createWriteStream } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Kysely } from "kysely";
import { ZipFile } from "yazl";
import { AppError } from "../../shared/errors.ts";
import { temporaryName } from "../media/temporaryName.ts";
import { countBytes } from "../store/countBytes.ts";
import type { Tables } from "../store/schema.ts";
import { version } from "../version.ts";
import { backupListName, keptFolders, type BackupList } from "./format.ts";
import { madeMigrations, rowsOf, tablesInOrder } from "./tables.ts";
import { noEntries } from "../missing.ts";

/** Entries that are compressed already are stored as they are. */
const packed = /\.(?:mp4|webm|mkv|mov|opus|ogg|m4a|mp3|jpe?g|png|onnx)$/i;

/**
 * Everything that a data folder and its database hold, as one zip: rows as the database saw them in one moment, results,
 * recordings, networks of the user, settings; last the list of all with their hashes. What is in the making is left out.
 * @throws AppError `disk_full`, `invalid_path`
 */
export async function writeBackup(
  db: Kysely<Tables>,
  dataDir: string,
  file: string,
): Promise<{ files: number; bytes: number; rows: number }> {
  const zip = new ZipFile();
  const out = new PassThrough();
  const list: BackupList = {
    ...{ format: "edin-backup", version: 1, edin: version, migrations: await madeMigrations(db) },
    ...{ tables: [], files: [] },
  };
  const add = (name: string, open: () => Readable): void => {
    zip.addReadStreamLazy(name, { compress: !packed.test(name), mode: 0o100600 }, (give) => {
      const source = open();
      const counted = countBytes((bytes, sha256) => list.files.push({ name, bytes, sha256 }));
      source.on("error", (error) => counted.destroy(error));
      counted.on("error", (error) => out.destroy(error));
      give(null, source.pipe(counted));
    });
  };
  let rowCount = 0;
  await db
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (t) => {
      for (const table of await tablesInOrder(t)) {
        const rows = await rowsOf(t, table);
        rowCount += rows.length;
        list.tables.push(table);
        add(`database/${table}.jsonl`, () => Readable.from(rows.map((row) => `${row}\n`)));
      }
    });
  for (const name of await filesOf(dataDir)) add(name, () => createReadStream(path.join(dataDir, name)));
  zip.addReadStreamLazy(backupListName, { mode: 0o100600 }, (give) =>
    give(null, Readable.from([Buffer.from(JSON.stringify(list))])),
  );
  zip.end();
  const part = temporaryName(file);
  try {
    await pipeline(zip.outputStream.pipe(out), createWriteStream(part, { flags: "wx", mode: 0o600 }));
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT")
      throw new AppError("disk_full", `No room to write ${file}. Free some space and try again.`, { cause });
    if (code === "ENOENT" || code === "EACCES" || code === "EISDIR")
      throw new AppError("invalid_path", `${file} cannot be written. Check its folder.`, { cause });
    throw cause;
  }
  const bytes = list.files.reduce((sum, one) => sum + one.bytes, 0);
  return { files: list.files.length - list.tables.length, bytes, rows: rowCount };
}

/** Plain files of the folders that are kept, with slashes; hidden ones are in the making or on their way out. */
async function filesOf(dataDir: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(path.join(dataDir, folder), { withFileTypes: true }).catch(noEntries);
    for (const entry of entries) {
      const name = `${folder}/${entry.name}`;
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory()) await walk(name);
      else if (entry.isFile()) found.push(name);
    }
  };
  for (const folder of keptFolders) await walk(folder);
  if ((await readdir(dataDir)).includes("config.json")) found.push("config.json");
  return found;
}
