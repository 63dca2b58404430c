import { access } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import { readUserFile } from "../text/readTextFile.ts";
import { writeFileAtomic } from "../store/files.ts";

/** Beside the results: which clip they are of. A name alone does not tell; a path does. */
const sourceName = "source.json";
const sourceSchema = z.object({ mediaPath: z.string() });

/**
 * The folder for the results of a clip. Nothing that is there is replaced without `force`, and never the results of
 * another clip that has the same name: those get a folder whose name says more of the path.
 * @param out the folder that was asked for; absent: one in the present folder, named after the clip
 * @throws AppError `conflict` where results are already
 */
export async function chooseResultFolder(
  mediaPath: string,
  out: string | undefined,
  force: boolean,
): Promise<string> {
  if (out !== undefined) {
    const folder = path.resolve(out);
    if (force || !(await holdsResults(folder))) return folder;
    throw alreadyThere(folder);
  }
  for (const name of namesOf(mediaPath)) {
    const folder = path.resolve(`${name}.edin`);
    if (!(await holdsResults(folder))) return folder;
    if ((await sourceOf(folder)) !== mediaPath) continue;
    if (force) return folder;
    throw alreadyThere(folder);
  }
  throw new AppError("conflict", "There is no free name for the results. Name a folder with --out.");
}

/**
 * The folder for the results of one clip of many, and whether its results are there already.
 * @param base where the folders lie
 * @param taken those of other clips
 * @throws AppError `conflict`
 */
export async function resultFolderIn(
  base: string,
  mediaPath: string,
  taken: ReadonlySet<string>,
): Promise<{ folder: string; done: boolean }> {
  for (const name of namesOf(mediaPath)) {
    const folder = path.resolve(base, `${name}.edin`);
    if (taken.has(folder)) continue;
    if (!(await holdsResults(folder))) return { folder, done: false };
    if ((await sourceOf(folder)) === mediaPath) return { folder, done: true };
  }
  throw new AppError("conflict", "There is no free name for the results. Name another folder with --out.");
}

/** Writes down which clip the results of a folder are of. */
export async function noteSource(folder: string, mediaPath: string): Promise<void> {
  await writeFileAtomic(path.join(folder, sourceName), `${JSON.stringify({ mediaPath }, null, 2)}\n`);
}

/** From the bare name to the whole path, then numbered. */
function* namesOf(mediaPath: string): Generator<string> {
  const { name, base, dir } = path.parse(mediaPath);
  yield name;
  let longer = base;
  yield longer;
  const folders = dir.split(path.sep).filter((part) => part !== "" && !part.endsWith(":"));
  for (const folder of folders.toReversed()) yield (longer = `${folder}-${longer}`);
  for (let n = 2; n < 100; n++) yield `${longer}-${n}`;
}

function holdsResults(folder: string): Promise<boolean> {
  return access(path.join(folder, "analysis.json")).then(
    () => true,
    () => false,
  );
}

async function sourceOf(folder: string): Promise<string | undefined> {
  const text = await readUserFile(path.join(folder, sourceName)).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return sourceSchema.parse(JSON.parse(text.toString("utf8"))).mediaPath;
  } catch {
    // Somebody else's file: not known to be of this clip.
    return undefined;
  }
}

const alreadyThere = (folder: string) =>
  new AppError(
    "conflict",
    `${folder} holds results already. --force replaces them, --out names another folder.`,
  );
