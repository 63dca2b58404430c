import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";

/**
 * The path of a file or folder, if it lies in one of the roots. No part of it below the root may be a link, so what is
 * opened later is what was asked for.
 * @param roots real paths of granted folders.
 * @throws AppError `invalid_path` for a path that is malformed or outside, `media_not_found` when nothing is there.
 */
export async function resolveConfined(asked: string, roots: readonly string[]): Promise<string> {
  const refused = refusal(asked);
  if (refused !== undefined) throw new AppError("invalid_path", `${refused} Give the path of a file.`);
  for (const root of roots) {
    const relative = path.relative(root, asked);
    if (/^\.\.([\\/]|$)/.test(relative) || path.isAbsolute(relative)) continue;
    const real = await realpath(asked).catch((cause: unknown) => {
      throw new AppError("media_not_found", "There is no such file. Check its name.", { cause });
    });
    if (real === path.join(root, relative)) return real;
    throw new AppError("invalid_path", "The path goes through a link. Give the path of the file itself.");
  }
  throw new AppError("invalid_path", "The path is outside the granted folders. Grant its folder first.");
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
  if (/^(\\\\|\/\/)/.test(asked)) return "Network paths are not read.";
  if (!path.isAbsolute(asked)) return "The path is not absolute.";
  if (/%(2e|2f|5c|00)/i.test(asked)) return "The path holds percent-encoded separators.";
  if (asked.split(/[\\/]/).includes("..")) return "The path holds `..`.";
  return undefined;
}
