import { buffer } from "node:stream/consumers";
import * as yauzl from "yauzl";

/** The files of a ZIP as text, by name, in their order. */
export async function readZip(bytes: Buffer): Promise<Record<string, string>> {
  const zip = await yauzl.fromBufferPromise(bytes, { strictFileNames: true, validateEntrySizes: true });
  const files: Record<string, string> = {};
  for await (const entry of zip.eachEntry())
    files[entry.fileName] = (await buffer(await zip.openReadStreamPromise(entry))).toString("utf8");
  return files;
}
