import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import * as yauzl from "yauzl";
import * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import { archiveLimits } from "../../shared/protocol/studyFile.ts";
import { readStudy, type StudySource } from "./studySource.ts";

/**
 * `files.json` of an archive: the hash of every other file in it. It stands last, so that the hashes are known when it is
 * written.
 */
const fileListSchema = z.strictObject({
  format: z.literal("edin-study"),
  version: z.literal(1),
  files: z.array(
    z.strictObject({
      name: z.string(),
      bytes: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});
export const fileListName = "files.json";

export type ListedFile = z.infer<typeof fileListSchema>["files"][number];

export interface StudyArchive extends StudySource {
  /** Every file but `files.json`, with the hash that it has to have. */
  readonly files: readonly ListedFile[];
}

/** Result files compress to a tenth; more than this is a bomb. */
const maxRatio = 200;
const freeBytes = 100_000_000;
const maxListBytes = 200_000_000;

/**
 * The only names that are read, so that nothing in an archive can lead out of the folder it is unpacked to. Each part
 * begins with a letter, a digit or a line: no `..`, no hidden and no temporary file.
 */
const allowedName =
  /^(?:study\.json|cutoffs\.json|(?:analyses|recordings)\/[A-Za-z0-9_-]{1,64}(?:\/[A-Za-z0-9_-][^/\\:*?"<>|\p{Cc}]{0,199}){1,3})$/u;

/**
 * Opens the archive of a study. Names, sizes, and the list of hashes are checked; a file that is opened fails at its end
 * unless it is the one that was exported.
 * @throws AppError `invalid_request` for what is no archive of a study, `too_large` for one that unpacks to far more
 */
export async function openStudyArchive(file: string): Promise<StudyArchive> {
  // Opening a pipe would wait for somebody to write into it.
  if ((await stat(file).catch(() => undefined))?.isFile() !== true) throw broken("There is no such file.");
  const zip = await yauzl
    .openPromise(file, { strictFileNames: true, validateEntrySizes: true, autoClose: false })
    .catch((cause: unknown) => {
      throw broken("It is not a zip file, or it is cut off.", cause);
    });
  try {
    const entries = await readEntries(zip, (await stat(file)).size);
    const unpacked = async (name: string): Promise<Readable | undefined> => {
      const entry = entries.get(name);
      return entry && attended(await zip.openReadStreamPromise(entry));
    };
    const files = await readList(entries, unpacked);
    const listed = new Map(files.map((one) => [one.name, one]));
    const open = async (name: string): Promise<Readable | undefined> => {
      const one = listed.get(name);
      const stream = one && (await unpacked(name));
      return stream && attended(Readable.from(checked(stream, one)));
    };
    return {
      files,
      study: await readStudy(open),
      open,
      [Symbol.asyncDispose]() {
        zip.close();
        return Promise.resolve();
      },
    };
  } catch (error) {
    zip.close();
    throw error instanceof AppError ? error : broken("It is damaged.", error);
  }
}

async function readEntries(zip: yauzl.ZipFile, archiveBytes: number): Promise<Map<string, yauzl.Entry>> {
  const entries = new Map<string, yauzl.Entry>();
  const seen = new Set<string>();
  let bytes = 0;
  if (zip.entryCount > archiveLimits.files)
    throw new AppError(
      "too_large",
      `The archive holds ${zip.entryCount} files; ${archiveLimits.files} is the most. Export the study in parts.`,
    );
  for await (const entry of zip.eachEntry()) {
    const { fileName, uncompressedSize, externalFileAttributes } = entry;
    if (fileName.endsWith("/")) continue;
    if (fileName !== fileListName && !allowedName.test(fileName))
      throw broken(`It holds ${JSON.stringify(fileName.slice(0, 200))}, which belongs to no study.`);
    // Systems differ in what they take for the same name.
    if (seen.has(fileName.toLowerCase()))
      throw broken(`It holds ${JSON.stringify(fileName.slice(0, 200))} twice.`);
    seen.add(fileName.toLowerCase());
    const kind = (externalFileAttributes >>> 16) & 0o170000;
    if (entry.isEncrypted() || (kind !== 0 && kind !== 0o100000))
      throw broken(`${JSON.stringify(fileName.slice(0, 200))} is encrypted, or no plain file.`);
    bytes += uncompressedSize;
    if (bytes > freeBytes + maxRatio * archiveBytes) throw bomb();
    entries.set(fileName, entry);
  }
  return entries;
}

/** Every file of the archive has to be in the list, and every file of the list in the archive. */
async function readList(
  entries: ReadonlyMap<string, yauzl.Entry>,
  open: StudySource["open"],
): Promise<ListedFile[]> {
  const stream = await open(fileListName);
  if (stream === undefined) throw broken("It has no files.json.");
  if (entries.get(fileListName)!.uncompressedSize > maxListBytes) throw bomb();
  let value: unknown;
  try {
    value = JSON.parse((await buffer(stream)).toString("utf8"));
  } catch (cause) {
    throw broken("Its files.json cannot be read.", cause);
  }
  const parsed = fileListSchema.safeParse(value);
  if (!parsed.success)
    throw broken(`Its files.json is not as it should be: ${z.prettifyError(parsed.error)}`);
  const { files } = parsed.data;
  const listed = new Set(files.map(({ name }) => name));
  const unlisted = [...entries.keys()].find((name) => name !== fileListName && !listed.has(name));
  if (unlisted !== undefined) throw broken(`files.json does not list ${unlisted}.`);
  const wrong = files.find(({ name, bytes }) => entries.get(name)?.uncompressedSize !== bytes);
  if (wrong !== undefined || listed.size !== files.length)
    throw broken(`files.json lists ${wrong?.name ?? "a file twice"}, and the archive holds something else.`);
  return files;
}

/**
 * What is wrong with a stream is told to whoever reads it, also later: an unzipping stream says so once, and who came after
 * would wait for ever. As long as nobody reads it, it must not end the process.
 */
function attended(stream: Readable): Readable {
  return stream.on("error", (error: Error) => stream.destroy(error));
}

/** A stream that fails at its end unless what passed through is the listed file. */
export async function* checked(stream: Readable, { name, sha256 }: ListedFile): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  for await (const piece of stream as AsyncIterable<Buffer>) {
    hash.update(piece);
    yield piece;
  }
  if (hash.digest("hex") !== sha256)
    throw broken(`${name} is not the file that was exported: its hash differs.`);
}

function broken(what: string, cause?: unknown): AppError {
  return new AppError("invalid_request", `This is no archive of a study. ${what} Export it again.`, {
    cause,
  });
}

const bomb = () =>
  new AppError(
    "too_large",
    "The archive unpacks to far more than a study has, and is not read. Export it again.",
  );
