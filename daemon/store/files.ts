import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { diskFailure } from "../../shared/errors.ts";
import { isMissing } from "../missing.ts";

/**
 * Writes a whole file or nothing: to a temporary name beside it, to the disk, then renamed.
 * @throws AppError `disk_full`, `store_unavailable` where it cannot be written; the temporary file is gone then.
 */
export async function writeFileAtomic(
  file: string,
  data: string | Uint8Array,
  { mode = 0o600 } = {},
): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, "wx", mode);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw diskFailure(error) ?? error;
  }
}

/** Where the results of an analysis lie, once it is done. */
export function analysisFolder(dataDir: string, id: string): string {
  return path.join(dataDir, "analyses", id);
}

/** Where recordings of live sessions lie. */
export function recordingsFolder(dataDir: string): string {
  return path.join(dataDir, "recordings");
}

/** Where the files of a recording lie. */
export function recordingFolder(dataDir: string, id: string): string {
  return path.join(recordingsFolder(dataDir), id);
}

/** The id of a clip's recording, be its files there or gone; undefined for a file of the user's own. */
export async function recordingOf(dataDir: string, mediaPath: string): Promise<string | undefined> {
  // Of a clip that was analysed elsewhere only the name is known.
  if (!path.isAbsolute(mediaPath)) return undefined;
  const folder = path.dirname(path.resolve(mediaPath));
  const real = (name: string) => realpath(name).catch(() => path.resolve(name));
  const [ours, its] = await Promise.all([real(recordingsFolder(dataDir)), real(path.dirname(folder))]);
  return ours === its ? path.basename(folder) : undefined;
}

/**
 * Makes a folder and those above it, for the user alone if nothing else is said. `recursive` of Node's mkdir never ends where
 * a file system takes no folders, such as /proc.
 */
export async function makeFolder(folder: string, mode = 0o700): Promise<void> {
  if (await makeOne(folder, mode)) return;
  await makeFolder(path.dirname(folder), mode);
  if (!(await makeOne(folder, mode))) throw new Error(`${folder} cannot be made`);
}

/** Whether the folder is there now; false where the one above it is missing. */
async function makeOne(folder: string, mode: number): Promise<boolean> {
  try {
    await mkdir(folder, { mode });
    return true;
  } catch (error) {
    if (isMissing(error) && path.dirname(folder) !== folder) return false;
    if ((error as NodeJS.ErrnoException).code === "EEXIST" && (await stat(folder)).isDirectory()) return true;
    throw error;
  }
}

/** Whether a name is taken, be it by a link that leads nowhere. */
export async function isTaken(name: string): Promise<boolean> {
  return lstat(name).then(
    () => true,
    () => false,
  );
}

/** Removes a folder with all that is in it; one that is not there is removed already. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Removes what writes left in a folder when their process was killed; for the process that alone writes there. */
export async function removeTemporary(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^\..+\.[0-9a-f-]{36}\.tmp$/.test(name)) await rm(path.join(folder, name), { force: true });
  }
}

/** Makes a rename outlast a power failure, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
