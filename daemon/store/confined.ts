import { readlink, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { isNetworkPath } from "../../shared/text/networkPath.ts";

/**
 * The real path of a file or folder, if it lies in one of the roots: by its own path, or through links (git-annex,
 * DataLad, shares of a cluster) that lead to a place inside of a root. No part of what is returned is a link, so what is
 * opened later is what was checked.
 * @param roots real paths of granted folders.
 * @throws AppError `invalid_path` for a path that is malformed or leads outside, `media_not_found` when nothing is there.
 */
export async function resolveConfined(asked: string, roots: readonly string[]): Promise<string> {
  const refused = refusal(asked);
  if (refused !== undefined) throw new AppError("invalid_path", `${refused} Give the path of a file.`);
  const inRoot = (file: string): boolean => roots.some((root) => isInside(root, file));
  if (!inRoot(asked))
    throw new AppError("invalid_path", "The path is outside the granted folders. Grant its folder first.");
  const real = await realpath(asked).catch(async (cause: unknown) => {
    throw new AppError("media_not_found", await whyMissing(asked), { cause });
  });
  if (inRoot(real)) return real;
  throw new AppError(
    "invalid_path",
    "The path goes through a link that leads out of the granted folders. Grant the folder that it leads to, or give a path without links.",
  );
}

/** Whether a file, or the folder itself, lies below a folder, by name alone. */
export function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return !/^\.\.([\\/]|$)/.test(relative) && !path.isAbsolute(relative);
}

/** Of a link that leads nowhere, what to do. */
async function whyMissing(asked: string): Promise<string> {
  const target = await readlink(asked).catch(() => undefined);
  if (target === undefined) return "There is no such file. Check its name.";
  if (/annex[\\/]objects/.test(target))
    return "The content of this file is not on this machine: run git annex get, or datalad get, on it.";
  return "This is a link to a file that is not there. Check where it leads to.";
}

/**
 * The real path of a folder that is to be granted.
 * @throws AppError `invalid_path`
 */
export async function resolveFolder(asked: string): Promise<string> {
  const refused = refusal(asked);
  if (refused !== undefined) throw new AppError("invalid_path", `${refused} Give the path of a folder.`);
  try {
    const real = await realpath(asked);
    if ((await stat(real)).isDirectory()) return real;
  } catch (cause) {
    throw new AppError("invalid_path", "There is no such folder. Check its name.", { cause });
  }
  throw new AppError("invalid_path", "This is not a folder. Give the folder that holds the file.");
}

/** What is wrong with the writing of a path, before the disk is asked. */
export function refusal(asked: string): string | undefined {
  if (asked.includes("\0")) return "The path holds a NUL character.";
  if (isNetworkPath(asked)) return "Network paths are not read.";
  if (!path.isAbsolute(asked)) return "The path is not absolute.";
  if (/%(2e|2f|5c|00)/i.test(asked)) return "The path holds percent-encoded separators.";
  if (asked.split(/[\\/]/).includes("..")) return "The path holds `..`.";
  return undefined;
}
