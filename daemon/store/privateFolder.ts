import { chmodSync, constants, lstatSync, readdirSync, statSync, type Stats } from "node:fs";
import { access } from "node:fs/promises";
import path from "node:path";
import { makeFolder } from "./files.ts";
import { AppError } from "../../shared/errors.ts";
import type { Log } from "../log.ts";
import { isMissing } from "../missing.ts";

/** What EDIN puts into a data folder; whatever else lies there is the user's own. */
const ours = /^(db|db\.new|analyses|recordings|imports|daemon\.json|daemon\.lock|config\.json|open\.html)$/;

/**
 * Makes the data folder if it is not there, and takes from group and others whatever rights they have on it and on what
 * EDIN keeps in it, whoever gave them: an older version, a copy, PGlite. Windows keeps a user's folders by other means.
 * @throws AppError `invalid_config` for a folder that cannot be made private
 */
export async function makePrivateFolder(folder: string, log?: Log): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw refuse(folder, "cannot be made or written", cause);
  }
  if (process.platform === "win32") return;
  const stats = statSync(folder);
  const user = process.geteuid!();
  if (user !== 0 && stats.uid !== user) throw refuse(folder, "belongs to another user");
  if ((stats.mode & 0o1000) !== 0) throw refuse(folder, "is a folder that all users write to");
  // The contents first: until they are mended, the folder says that something is to be done.
  let mended = 0;
  for (const name of readdirSync(folder)) if (ours.test(name)) mended += mendAll(path.join(folder, name));
  if (mend(folder, stats)) mended += 1;
  if (mended > 0) log?.warn("made_private", { folder, files: mended });
}

/** Mends a file, or a folder with everything in it; how many had to be. Links are left alone, as is where they lead. */
export function mendAll(file: string): number {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile() && !stats?.isDirectory()) return 0;
  const within = stats.isDirectory() ? readdirSync(file).map((name) => mendAll(path.join(file, name))) : [];
  return within.reduce((sum, n) => sum + n, 0) + (mend(file, stats) ? 1 : 0);
}

/** Whether it had to be mended. */
function mend(file: string, { mode }: Stats): boolean {
  if ((mode & 0o077) === 0) return false;
  try {
    chmodSync(file, mode & 0o700);
  } catch (cause) {
    if (isMissing(cause)) return false;
    throw refuse(file, "can be read by others, and its permissions cannot be changed", cause);
  }
  // File systems without permissions of their own take the change and forget it.
  if ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o077)
    throw refuse(file, "can be read by others, and its file system keeps no permissions");
  return true;
}

function refuse(file: string, why: string, cause?: unknown): AppError {
  return new AppError(
    "invalid_config",
    `${file} ${why}. Give a folder of your own with --data-dir or EDIN_DATA_DIR.`,
    { cause },
  );
}
