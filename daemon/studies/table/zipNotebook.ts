import { PassThrough } from "node:stream";
import { ZipFile } from "yazl";
import type { StudyTable } from "../../../shared/protocol/studyTable.ts";
import { knownMeasure } from "../../../shared/study/knownMeasure.ts";
import { notebookFiles } from "../../../shared/study/notebooks.ts";

/** The files of a study's notebook as one ZIP. @throws AppError `invalid_request` for a measure that the table has not */
export function zipNotebook(table: StudyTable, measure: string): AsyncIterable<Uint8Array> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(notebookFiles(table, knownMeasure(table, measure))))
    zip.addBuffer(Buffer.from(text), name, { mode: 0o100600 });
  zip.end();
  return zip.outputStream.pipe(new PassThrough());
}
