import { createWriteStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { AppError, diskFailure } from "../../shared/errors.ts";
import { analysisSchema, type Analysis } from "../../shared/protocol/results.ts";
import type { Study } from "../../shared/protocol/studyFile.ts";
import type { ImportProgress } from "../../shared/protocol/studyArchives.ts";
import { parseCutoffs } from "../beq/cutoffs.ts";
import { openStudyArchive, type StudyArchive } from "../beq/studyArchive.ts";
import { analysisFolder, isTaken, recordingFolder } from "../store/files.ts";
import { parseJson } from "../../shared/text/parseJson.ts";
import { inPieces, type RowPiece } from "../store/insertAll.ts";
import { idsOf, studyTables, type StudyIds } from "../store/studyTables.ts";

/** An archive that lies unpacked and checked beside the data. */
export interface Unpacked {
  readonly study: string;
  /** Ids of folders below `analyses/` and `recordings/` that are to be put into their place. */
  readonly placed: { readonly analyses: readonly string[]; readonly recordings: readonly string[] };
  /** What may be here once only. */
  readonly ids: StudyIds;
  /** How many files of rows there are; see {@link readRows}. */
  readonly pieces: number;
}

const rowFile = (aside: string, piece: number): string => path.join(aside, "rows", `${piece}.json`);

/** Rows of the study, as {@link unpackArchive} left them. */
export async function readRows(aside: string, piece: number): Promise<RowPiece> {
  return JSON.parse(await readFile(rowFile(aside, piece), "utf8")) as RowPiece;
}

/**
 * Unpacks and checks the archive of a study into a folder that is there and empty, and writes the rows beside its files. For a
 * thread: it computes for long.
 * @throws AppError as {@link openStudyArchive}, `conflict` for what is here already, `disk_full`
 */
export async function unpackArchive(
  { file, dataDir, aside }: { file: string; dataDir: string; aside: string },
  onProgress: (progress: ImportProgress) => void,
): Promise<Unpacked> {
  onProgress({ step: "reading", done: 0, total: 0 });
  await using archive = await openStudyArchive(file);
  const { study } = archive;
  const placed = { analyses: placedIds(archive, "analyses"), recordings: placedIds(archive, "recordings") };
  const ids = idsOf(study);
  await refuseClaims(study, dataDir);
  await unpack(archive, aside, onProgress);
  const analyses: Analysis[] = [];
  for (const id of placed.analyses) analyses.push(await readAnalysis(aside, id));
  const tables = studyTables(study, await readCutoffs(aside), analyses, (id) => recordingFolder(dataDir, id));
  await mkdir(path.join(aside, "rows"), { mode: 0o700 });
  let pieces = 0;
  for (const table of tables)
    for (const piece of inPieces(table))
      await writeFile(rowFile(aside, pieces++), JSON.stringify(piece), { mode: 0o600 });
  return { study: study.id, placed, ids, pieces };
}

async function unpack(
  archive: StudyArchive,
  aside: string,
  onProgress: (progress: ImportProgress) => void,
): Promise<void> {
  const { files } = archive;
  for (const [done, file] of files.entries()) {
    onProgress({ step: "unpacking", done, total: files.length });
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

/**
 * An archive brings what is its own. A recording or results that lie here already belong to somebody else, whether a study
 * names them or not, and whether the archive has files for them or not.
 */
async function refuseClaims({ participants }: Study, dataDir: string): Promise<void> {
  const sessions = participants.flatMap((person) => person.sessions);
  const ids = new Set(sessions.flatMap((one) => [...one.analyses, ...one.recordings].map(({ id }) => id)));
  for (const id of ids) {
    for (const folder of [analysisFolder(dataDir, id), recordingFolder(dataDir, id)]) {
      if (await isTaken(folder))
        throw new AppError(
          "conflict",
          `The study, or a part of it (${id}), is here already: ${folder}. Delete that first.`,
        );
    }
  }
}

/** Ids of a study that have files in the archive; an analysis without is refused later, a recording may lack them. */
function placedIds({ study, files }: StudyArchive, kind: "analyses" | "recordings"): string[] {
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
