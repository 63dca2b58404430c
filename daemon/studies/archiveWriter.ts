import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { PassThrough, Readable } from "node:stream";
import type { Kysely } from "kysely";
import { ZipFile } from "yazl";
import { fileListName, type ListedFile } from "../beq/studyArchive.ts";
import { countBytes } from "../store/countBytes.ts";
import { analysisFolder, recordingFolder } from "../store/files.ts";
import { keptName, withoutPlaces } from "../store/keptSessions.ts";
import type { Tables } from "../store/schema.ts";
import { readStudyRecord } from "../store/studyRecord.ts";
import { noEntries } from "../missing.ts";

/** Entries that are compressed already are stored as they are. */
const packed = /\.(?:mp4|webm|mkv|mov|opus|ogg|m4a|mp3|jpe?g|png)$/i;

/**
 * A study as one zip, in pieces as they are made: `study.json`, `cutoffs.json`, the results of its analyses that are done,
 * its recordings, and last `files.json` with the hash of each. An unfinished form is not part of it.
 * @throws AppError `not_found` before the first piece
 */
export async function exportStudy(
  db: Kysely<Tables>,
  dataDir: string,
  id: string,
): Promise<AsyncIterable<Uint8Array>> {
  const { json, cutoffs, analyses, recordings } = await readStudyRecord(db, id);
  const zip = new ZipFile();
  const listed: ListedFile[] = [];
  const out = new PassThrough();
  const add = (name: string, open: () => Readable): void => {
    zip.addReadStreamLazy(name, { compress: !packed.test(name), mode: 0o100600 }, (give) => {
      const source = open();
      const counted = countBytes((bytes, sha256) => listed.push({ name, bytes, sha256 }));
      source.on("error", (error) => counted.destroy(error));
      counted.on("error", (error) => out.destroy(error));
      give(null, source.pipe(counted));
    });
  };
  const addFolder = async (name: string, folder: string): Promise<void> => {
    for (const file of await filesIn(folder)) {
      if (file === keptName) {
        const portable = withoutPlaces(await readFile(path.join(folder, file), "utf8"));
        if (portable !== undefined) add(`${name}/${file}`, () => Readable.from([Buffer.from(portable)]));
        continue;
      }
      // Zips write slashes on every system.
      add(`${name}/${file.split(path.sep).join("/")}`, () => createReadStream(path.join(folder, file)));
    }
  };
  add("study.json", () => Readable.from(bytesOf(json)));
  if (cutoffs !== undefined) add("cutoffs.json", () => Readable.from([Buffer.from(cutoffs)]));
  for (const one of analyses) await addFolder(`analyses/${one}`, analysisFolder(dataDir, one));
  for (const one of recordings) await addFolder(`recordings/${one}`, recordingFolder(dataDir, one));
  zip.addReadStreamLazy(fileListName, { mode: 0o100600 }, (give) => {
    const list = { format: "edin-study", version: 1, files: listed };
    give(null, Readable.from([Buffer.from(JSON.stringify(list))]));
  });
  zip.end();
  return zip.outputStream.pipe(out);
}

/** Plain files below a folder, by their path in it; none when the folder is gone. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(noEntries);
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => path.join(path.relative(folder, entry.parentPath), entry.name))
    .toSorted();
}

function* bytesOf(pieces: readonly string[]): Generator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}
