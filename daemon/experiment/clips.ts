import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { escapePath, glob, type FileSystemAdapter } from "tinyglobby";
import { AppError } from "../../shared/errors.ts";

/** More clips than this are surely a mistake in a pattern. */
const maxClips = 10_000;
/** More names than these are looked at for no pattern. */
const maxEntries = 1_000_000;
/** More stars than these in one name, or `**` in one pattern, would be tried in too many ways. */
const maxStars = 4;

/**
 * The files that the patterns name, relative to `folder`, each once: a pattern's in the order of their paths. A pattern
 * knows `*`, `?` and `**` and makes no difference between small and capital letters. Hidden files and folders,
 * `node_modules` and links to folders are left out.
 * @throws AppError `media_not_found` for a pattern that names nothing, `too_large` for one that names too much,
 *   `invalid_config` for one with too many stars
 */
export async function findClips(folder: string, patterns: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    const files = await match(folder, pattern);
    for (const file of files) found.add(file);
    if (files.length === 0)
      throw new AppError("media_not_found", `${pattern} names no file. Fix it in the experiment file.`);
    if (found.size > maxClips)
      throw new AppError("too_large", `${pattern} names more than ${maxClips} files. Make it narrower.`);
  }
  return [...found];
}

async function match(folder: string, pattern: string): Promise<string[]> {
  if (!/[*?]/.test(pattern)) {
    const file = path.resolve(folder, pattern);
    const entry = await stat(file).catch(() => undefined);
    return entry?.isFile() === true ? [file] : [];
  }
  const parts = pattern.split(/[\\/]/);
  const fixed = parts.findIndex((part) => /[*?]/.test(part));
  // Two ** in a row say what one says.
  const open = parts.slice(fixed).filter((part, i, all) => part !== "**" || all[i - 1] !== "**");
  const starsIn = (part: string): number => (part === "**" ? 0 : part.split("*").length - 1);
  if (open.filter((part) => part === "**").length > maxStars || open.some((part) => starsIn(part) > maxStars))
    throw new AppError(
      "invalid_config",
      `${pattern} has more than ${maxStars} ** or more than ${maxStars} * in one name. Write it with fewer.`,
    );
  const names = new Reader();
  const files = await glob(open.map(escapeName).join("/"), {
    cwd: path.resolve(folder, parts.slice(0, fixed).join("/") || (pattern.startsWith("/") ? "/" : ".")),
    absolute: true,
    caseSensitiveMatch: false,
    expandDirectories: false,
    ignore: "**/node_modules",
    fs: names.fs,
    signal: names.signal,
  });
  names.throwFailure();
  // Folder by folder, the files of one before the folders in it.
  const inOrder = (file: string): string => {
    const steps = file.split("/");
    return steps.map((name, i) => `${i === steps.length - 1 ? 0 : 1}${name}`).join("\0");
  };
  return files.toSorted((a, b) => (inOrder(a) < inOrder(b) ? -1 : 1)).map((file) => path.normalize(file));
}

/** All but `*` and `?` stands for itself: brackets and braces are common in names of clips. */
function escapeName(part: string): string {
  return part
    .split(/(\*+|\?)/)
    .map((piece, i) => (i % 2 === 1 ? piece : escapePath(piece)))
    .join("");
}

/** Reads folders for one pattern, up to a limit. Links to files pass as files, also those that lead nowhere: their analysis says what is missing. */
class Reader {
  readonly #stop = new AbortController();
  readonly signal = this.#stop.signal;
  #entries = 0;
  #failure: Error | undefined;

  readonly fs: FileSystemAdapter = {
    readdir: ((folder: string, _options: unknown, give: (error: unknown, entries: unknown[]) => void) => {
      this.#read(folder).then(
        (entries) => give(undefined, entries),
        (error: unknown) => give(error, []),
      );
    }) as NonNullable<FileSystemAdapter["readdir"]>,
  };

  /** @throws AppError `too_large`, or why a folder could not be read */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #read(folder: string): Promise<{ name: string }[]> {
    try {
      const entries = await readdir(folder, { withFileTypes: true });
      this.#entries += entries.length;
      if (this.#entries > maxEntries)
        throw new AppError(
          "too_large",
          `A pattern leads through more than ${maxEntries} names. Make it narrower.`,
        );
      return await Promise.all(
        entries.map(async (entry) => {
          const link = entry.isSymbolicLink();
          const target = link ? await stat(path.join(folder, entry.name)).catch(() => undefined) : undefined;
          return {
            name: entry.name,
            isFile: () => entry.isFile() || (link && target?.isDirectory() !== true),
            isDirectory: () => entry.isDirectory(),
            isSymbolicLink: () => false,
          };
        }),
      );
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ENOTDIR") {
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
        this.#stop.abort();
      }
      throw error;
    }
  }
}
