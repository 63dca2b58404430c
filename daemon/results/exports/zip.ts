import { PassThrough, Readable } from "node:stream";
import { ZipFile } from "yazl";
import { exportNameSchema } from "../../../shared/protocol/analyses.ts";
import { writeExport } from "./write.ts";

/**
 * Every export of the analysis in `dir` as one ZIP, made while it is read. Parts that the analysis does not have (sound, say)
 * are empty tables.
 * @param stem of the clip's name: each file begins with it
 */
export function zipExports(dir: string, stem: string): AsyncIterable<Uint8Array> {
  const zip = new ZipFile();
  const out = new PassThrough();
  for (const name of exportNameSchema.options)
    zip.addReadStreamLazy(`${stem}.${name}`, { mode: 0o100600 }, (give) => {
      const source = Readable.from(writeExport(dir, name), { objectMode: false });
      // The package hears nothing of it.
      source.on("error", (error) => out.destroy(error));
      give(null, source);
    });
  zip.end();
  return zip.outputStream.pipe(out);
}
