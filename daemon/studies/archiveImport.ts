import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { lstat, mkdir, readdir, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { Kysely } from "kysely";
import * as z from "zod";
import { AppError, diskFailure } from "../../shared/errors.ts";
import { analysisSchema, type Analysis } from "../../shared/protocol/results.ts";
import { parseCutoffs } from "../beq/cutoffs.ts";
import { openStudyArchive, type StudyArchive } from "../beq/studyArchive.ts";
import {
  analysisFolder,
  makeFolder,
  recordingFolder,
  removeFolder,
  writeFileAtomic,
} from "../store/files.ts";
import { refusal } from "../store/confined.ts";
import type { Study } from "../../shared/protocol/studyFile.ts";
import type { Tables } from "../store/schema.ts";
import { insertStudyRecord } from "../store/studyRecord.ts";

const importsFolder = (dataDir: string) => path.join(dataDir, "imports");
/** In an import's folder: what it is about to put into its place. */
const placedName = "placed.json";
const placedSchema = z.object({ analyses: z.array(z.string()), recordings: z.array(z.string()) });

/**
 * Takes a study over from an archive, as a whole or not at all: everything is unpacked and checked aside, then the files
 * are put into their places inside the transaction that writes the rows. A crash in between is undone at the next start.
 * @returns the id of the study
 * @throws AppError `invalid_path`, `invalid_request`, `too_large`, `conflict`, `disk_full`
 */
export async function importStudy(db: Kysely<Tables>, dataDir: string, file: string): Promise<string> {
  const refused = refusal(file);
  if (refused !== undefined) throw new AppError("invalid_path", `${refused} Give the path of an archive.`);
  await using archive = await openStudyArchive(file);
  const { study } = archive;
  const placed = { analyses: idsOf(archive, "analyses"), recordings: idsOf(archive, "recordings") };
  await refuseClaims(study, dataDir);
  const aside = path.join(importsFolder(dataDir), randomUUID());
  try {
    await makeFolder(aside);
    await unpack(archive, aside);
    const analyses: Analysis[] = [];
    for (const id of placed.analyses) analyses.push(await readAnalysis(aside, id));
    const cutoffs = await readCutoffs(aside);
    await writeFileAtomic(path.join(aside, placedName), JSON.stringify(placed));
    await db.transaction().execute(async (t) => {
      await insertStudyRecord(t, { study, cutoffs }, analyses, (id) => recordingFolder(dataDir, id));
      await place(aside, "analyses", placed.analyses, (id) => analysisFolder(dataDir, id));
      await place(aside, "recordings", placed.recordings, (id) => recordingFolder(dataDir, id));
    });
    await removeFolder(aside);
    return study.id;
  } catch (error) {
    await undo(db, dataDir, aside);
    throw error;
  }
}

/** Takes back what imports left whose process was killed. */
export async function removeUnfinishedImports(db: Kysely<Tables>, dataDir: string): Promise<void> {
  const names = await readdir(importsFolder(dataDir)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
  for (const name of names) await undo(db, dataDir, path.join(importsFolder(dataDir), name));
}

/** Removes files that were put into their place without their rows, then the import's folder. */
async function undo(db: Kysely<Tables>, dataDir: string, aside: string): Promise<void> {
  const text = await readFile(path.join(aside, placedName), "utf8").catch(() => undefined);
  if (text !== undefined) {
    const { analyses, recordings } = placedSchema.parse(JSON.parse(text));
    // What is still here was never put into its place.
    const moved = async (kind: string, id: string) => !(await isThere(path.join(aside, kind, id)));
    for (const id of analyses) {
      const row = await db.selectFrom("analyses").select("id").where("id", "=", id).executeTakeFirst();
      if (row === undefined && (await moved("analyses", id))) await removeFolder(analysisFolder(dataDir, id));
    }
    for (const id of recordings) {
      const row = await db
        .selectFrom("session_recordings")
        .select("recording_id")
        .where("recording_id", "=", id)
        .executeTakeFirst();
      if (row === undefined && (await moved("recordings", id)))
        await removeFolder(recordingFolder(dataDir, id));
    }
  }
  await removeFolder(aside);
}

async function unpack(archive: StudyArchive, aside: string): Promise<void> {
  for (const file of archive.files) {
    const target = path.join(aside, ...file.name.split("/"));
    try {
      await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
      const stream = await archive.open(file.name);
      await pipeline(stream!, createWriteStream(target, { flags: "wx", mode: 0o600 }));
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      const ofDisk = diskFailure(cause);
      if (ofDisk !== undefined) throw ofDisk;
      throw new AppError("invalid_request", `${file.name} of the archive is damaged. Export it again.`, {
        cause,
      });
    }
  }
}

async function readAnalysis(aside: string, id: string): Promise<Analysis> {
  if (!z.uuid().safeParse(id).success)
    throw new AppError(
      "invalid_request",
      `The analysis ${id} was not made by a daemon of EDIN: its id is no UUID. Analyse its clip with EDIN and export the study again.`,
    );
  const text = await readFile(path.join(aside, "analyses", id, "analysis.json"), "utf8").catch(
    () => undefined,
  );
  const parsed = analysisSchema.safeParse(text === undefined ? undefined : parseJson(text));
  if (!parsed.success || parsed.data.id !== id)
    throw new AppError(
      "invalid_request",
      `The archive has no analysis.json for the analysis ${id}. Export it again.`,
    );
  return parsed.data;
}

async function readCutoffs(aside: string): Promise<string | undefined> {
  const text = await readFile(path.join(aside, "cutoffs.json"), "utf8").catch(() => undefined);
  try {
    if (text !== undefined) parseCutoffs(text);
  } catch (cause) {
    throw new AppError(
      "invalid_request",
      "The archive's cutoffs.json cannot be used. Fix the cut-offs of the study and export it again.",
      { cause },
    );
  }
  return text;
}

async function place(
  aside: string,
  kind: "analyses" | "recordings",
  ids: readonly string[],
  targetOf: (id: string) => string,
): Promise<void> {
  for (const id of ids) {
    const target = targetOf(id);
    if (await isThere(target))
      throw new AppError("conflict", `The folder ${target} is there already. Remove it first.`);
    await makeFolder(path.dirname(target));
    await rename(path.join(aside, kind, id), target);
  }
}

/**
 * An archive brings what is its own. A recording or results that lie here already belong to somebody else, whether a study
 * names them or not, and whether the archive has files for them or not.
 */
async function refuseClaims({ participants }: Study, dataDir: string): Promise<void> {
  const sessions = participants.flatMap((person) => person.sessions);
  const ids = new Set(sessions.flatMap((one) => [...one.analyses, ...one.recordings].map(({ id }) => id)));
  for (const id of ids) {
    for (const folder of [analysisFolder(dataDir, id), recordingFolder(dataDir, id)]) {
      if (await isThere(folder))
        throw new AppError(
          "conflict",
          `The study, or a part of it (${id}), is here already: ${folder}. Delete that first.`,
        );
    }
  }
}

/** Ids of a study that have files in the archive; an analysis without is refused later, a recording may lack them. */
function idsOf({ study, files }: StudyArchive, kind: "analyses" | "recordings"): string[] {
  const there = new Set(files.map(({ name }) => name.split("/").slice(0, 2).join("/")));
  const ids = study.participants.flatMap(({ sessions }) =>
    sessions.flatMap((session) => session[kind].map(({ id }) => id)),
  );
  const named = new Set(ids.map((id) => `${kind}/${id}`));
  const stray = [...there].find((name) => name.startsWith(`${kind}/`) && !named.has(name));
  if (stray !== undefined)
    throw new AppError(
      "invalid_request",
      `The archive holds ${stray}, which its study does not name. Export it again.`,
    );
  return kind === "analyses" ? ids : ids.filter((id) => there.has(`${kind}/${id}`));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function isThere(name: string): Promise<boolean> {
  return lstat(name).then(
    () => true,
    () => false,
  );
}
