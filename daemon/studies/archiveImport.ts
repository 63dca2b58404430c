import { randomUUID } from "node:crypto";
import { readdir, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { sql, type Kysely } from "kysely";
import * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import type { ImportProgress } from "../../shared/protocol/studyArchives.ts";
import {
  analysisFolder,
  isTaken,
  makeFolder,
  recordingFolder,
  removeFolder,
  writeFileAtomic,
} from "../store/files.ts";
import { noEntries } from "../missing.ts";
import { refusal } from "../store/confined.ts";
import { insertPiece } from "../store/insertAll.ts";
import type { Tables } from "../store/schema.ts";
import { refuseKnown } from "../store/studyTables.ts";
import { workInThread } from "./studyThread.ts";
import { readRows } from "./unpackArchive.ts";

const importsFolder = (dataDir: string) => path.join(dataDir, "imports");
/** In an import's folder: what it is about to put into its place. */
const placedName = "placed.json";
const placedSchema = z.object({ analyses: z.array(z.string()), recordings: z.array(z.string()) });

/**
 * Takes a study over from an archive, as a whole or not at all: everything is unpacked and checked aside, then the files
 * are put into their places inside the transaction that writes the rows. A crash in between is undone at the next start.
 * @returns the id of the study
 * @throws AppError `invalid_path`, `invalid_request`, `too_large`, `conflict`, `disk_full`; the signal's reason on abort
 */
export async function importStudy(
  db: Kysely<Tables>,
  dataDir: string,
  file: string,
  onProgress: (progress: ImportProgress) => void,
  signal?: AbortSignal,
): Promise<string> {
  const refused = refusal(file);
  if (refused !== undefined) throw new AppError("invalid_path", `${refused} Give the path of an archive.`);
  const aside = path.join(importsFolder(dataDir), randomUUID());
  try {
    await makeFolder(aside);
    const { study, placed, ids, pieces } = await workInThread(
      "unpackArchive",
      { file, dataDir, aside },
      { onProgress, signal },
    );
    await writeFileAtomic(path.join(aside, placedName), JSON.stringify(placed));
    await db.transaction().execute(async (t) => {
      await refuseKnown(t, ids);
      for (let piece = 0; piece < pieces; piece++) {
        signal?.throwIfAborted();
        onProgress({ step: "storing", done: piece, total: pieces });
        await insertPiece(t, await readRows(aside, piece));
      }
      await place(aside, "analyses", placed.analyses, (id) => analysisFolder(dataDir, id));
      await place(aside, "recordings", placed.recordings, (id) => recordingFolder(dataDir, id));
      signal?.throwIfAborted();
    });
    await removeFolder(aside);
    return study;
  } catch (error) {
    // Where the database does not say which rows there are, the next import or start takes back what is left.
    await undo(db, dataDir, aside).catch(() => undefined);
    throw error;
  }
}

/** Takes back what imports left whose process was killed, or whose database was away. No import may run meanwhile. */
export async function removeUnfinishedImports(db: Kysely<Tables>, dataDir: string): Promise<void> {
  const names = await readdir(importsFolder(dataDir)).catch(noEntries);
  for (const name of names) await undo(db, dataDir, path.join(importsFolder(dataDir), name));
}

/** Removes files that were put into their place without their rows, then the import's folder. */
async function undo(db: Kysely<Tables>, dataDir: string, aside: string): Promise<void> {
  const text = await readFile(path.join(aside, placedName), "utf8").catch(() => undefined);
  if (text !== undefined) {
    const { analyses, recordings } = placedSchema.parse(JSON.parse(text));
    for (const id of await withoutRow(db, "analyses", "id", await moved(aside, "analyses", analyses)))
      await removeFolder(analysisFolder(dataDir, id));
    const recorded = await moved(aside, "recordings", recordings);
    for (const id of await withoutRow(db, "session_recordings", "recording_id", recorded))
      await removeFolder(recordingFolder(dataDir, id));
  }
  await removeFolder(aside);
}

/** Those of these ids whose folders were put into their place: what is still here never was. */
async function moved(aside: string, kind: string, ids: readonly string[]): Promise<string[]> {
  const gone: string[] = [];
  for (const id of ids) if (!(await isTaken(path.join(aside, kind, id)))) gone.push(id);
  return gone;
}

/** Those of these ids that have no row. */
async function withoutRow(
  db: Kysely<Tables>,
  table: keyof Tables,
  column: string,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    select ${sql.ref(column)}::text as id from ${sql.table(table)}
    where ${sql.ref(column)}::text = any(${ids}::text[])`.execute(db);
  const kept = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !kept.has(id));
}

async function place(
  aside: string,
  kind: "analyses" | "recordings",
  ids: readonly string[],
  targetOf: (id: string) => string,
): Promise<void> {
  for (const id of ids) {
    const target = targetOf(id);
    if (await isTaken(target))
      throw new AppError("conflict", `The folder ${target} is there already. Remove it first.`);
    await makeFolder(path.dirname(target));
    await rename(path.join(aside, kind, id), target);
  }
}
