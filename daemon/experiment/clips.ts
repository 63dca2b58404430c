import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";

/** More clips than this are surely a mistake in a pattern. */
const maxClips = 10_000;

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
    if (found.size > maxClips)
      throw new AppError("too_large", `${pattern} names more than ${maxClips} files. Make it narrower.`);
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
  // Two ** in a row say what one says.
  const open = parts.slice(fixed).filter((part, i, all) => part !== "**" || all[i - 1] !== "**");
  const found: string[] = [];
  const walk = { parts: open, found, seen: new Set<string>(), entries: 0 };
  await visit(path.isAbsolute(pattern) ? path.resolve("/", base) : base, 0, walk);
  return found;
}

interface Walk {
  readonly parts: readonly string[];
  /** Gets the files, each once. */
  readonly found: string[];
  /** Places in folders where one has been: with several ** there are many ways to each. */
  readonly seen: Set<string>;
  entries: number;
}

/** More names than these are looked at for no pattern. */
const maxEntries = 1_000_000;

/** Files below `folder` whose path from there fits the parts from `at` on. */
async function visit(folder: string, at: number, walk: Walk): Promise<void> {
  const key = `${at} ${folder}`;
  const part = walk.parts[at];
  if (part === undefined || walk.seen.has(key)) return;
  walk.seen.add(key);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  });
  walk.entries += entries.length;
  if (walk.entries > maxEntries)
    throw new AppError(
      "too_large",
      `A pattern leads through more than ${maxEntries} names. Make it narrower.`,
    );
  const visible = entries
    .filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (part === "**") await visit(folder, at + 1, walk);
  for (const entry of visible) {
    const inside = path.join(folder, entry.name);
    if (part === "**") {
      if (entry.isDirectory()) await visit(inside, at, walk);
    } else if (fits(part.toLowerCase(), entry.name.toLowerCase())) {
      const last = at === walk.parts.length - 1;
      // A link that leads nowhere is taken too: its analysis says what is missing.
      const isClip = entry.isFile() || (entry.isSymbolicLink() && !(await isFolder(inside)));
      if (last && isClip && !walk.seen.has(inside)) {
        walk.seen.add(inside);
        walk.found.push(inside);
      } else if (!last && entry.isDirectory()) await visit(inside, at + 1, walk);
    }
  }
}

/** Whether a name fits a pattern of `*` and `?`: from left to right, going back to the last star only. */
export function fits(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let starName = 0;
  while (n < name.length) {
    if (pattern[p] === "*") {
      star = p++;
      starName = n;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === name[n])) {
      p += 1;
      n += 1;
    } else if (star >= 0) {
      p = star + 1;
      n = ++starName;
    } else return false;
  }
  while (pattern[p] === "*") p += 1;
  return p === pattern.length;
}

function isFolder(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
