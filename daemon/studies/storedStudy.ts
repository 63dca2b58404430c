import { createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import type { Study } from "../../shared/protocol/studyFile.ts";
import type { StudySource } from "../beq/studySource.ts";
import { analysisFolder } from "../store/files.ts";
import type { StudyRecord } from "../store/studyRecord.ts";

/** A study as its rows say, with the files of the data folder. */
export interface StoredStudy extends StudyRecord {
  readonly dataDir: string;
}

/** Reads a stored study as its archive would be read. */
export function openStoredStudy({ json, cutoffs, analyses, dataDir }: StoredStudy): StudySource {
  const known = new Set(analyses);
  return {
    study: JSON.parse(json.join("")) as Study,
    async open(name) {
      if (name === "cutoffs.json")
        return cutoffs === undefined ? undefined : Readable.from([Buffer.from(cutoffs)]);
      const [, analysis, file] = /^analyses\/([^/]+)\/((?:corrected\/)?[\w.-]+)$/.exec(name) ?? [];
      if (analysis === undefined || file === undefined || !known.has(analysis)) return undefined;
      const target = path.join(analysisFolder(dataDir, analysis), file);
      const found = await lstat(target).catch(() => undefined);
      return found?.isFile() === true ? createReadStream(target) : undefined;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
