import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";

/** More clips than this are surely a mistake in a pattern. */
const mostClips = 10_000;

/**
 * The files that the patterns name, relative to `folder`, each once: a pattern's in the order of their paths. Hidden
 * folders, `node_modules` and links are left out of patterns.
 * @throws AppError `media_not_found` for a pattern that names nothing, `too_large` for one that names too much.
 */
export async function findClips(folder: string, patterns: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    const files = await match(folder, pattern);
    for (const file of files) found.add(file);
    if (files.length === 0)
      throw new AppError("media_not_found", `${pattern} names no file. Mend it in the experiment file.`);
    if (found.size > mostClips)
      throw new AppError("too_large", `${pattern} names more than ${mostClips} files. Make it narrower.`);
  }
  return [...found];
}

async function match(folder: string, pattern: string): Promise<string[]> {
  if (!/[*?]/.test(pattern)) {
    const file = path.resolve(folder, pattern);
    return (await isFile(file)) ? [file] : [];
  }
  const parts = pattern.split(/[\\/]/);
  const fixed = parts.findIndex((part) => /[*?]/.test(part));
  const base = path.resolve(folder, parts.slice(0, fixed).join("/") || ".");
  return walk(path.isAbsolute(pattern) ? path.resolve("/", base) : base, parts.slice(fixed));
}

/** Files below `folder` whose path from there fits `parts`. */
async function walk(folder: string, parts: readonly string[]): Promise<string[]> {
  const [part, ...rest] = parts;
  if (part === undefined) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  });
  const visible = entries
    .filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = part === "**" ? await walk(folder, rest) : [];
  for (const entry of visible) {
    const inside = path.join(folder, entry.name);
    if (part === "**") {
      if (entry.isDirectory()) files.push(...(await walk(inside, parts)));
    } else if (fits(part, entry.name)) {
      if (rest.length === 0 && entry.isFile()) files.push(inside);
      else if (rest.length > 0 && entry.isDirectory()) files.push(...(await walk(inside, rest)));
    }
  }
  return [...new Set(files)];
}

function fits(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "i").test(name);
}

function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
