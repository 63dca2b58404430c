import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { parse as parseYaml } from "yaml";
import { AppError } from "../../shared/errors.ts";
import type { LabelledFile } from "../../shared/labels/agreement/clips.ts";
import { parseLabels } from "../../shared/labels/document.ts";
import { readScheme } from "../../shared/labels/scheme.ts";
import type { Scheme } from "../../shared/protocol/scheme.ts";

export const labelsEnding = ".labels.json";
const maxBytes = 64_000_000;

/** A labels file as the daemon reads it. */
export interface OpenedLabels extends LabelledFile {
  readonly file: string;
  readonly schemeProblem?: string;
}

/**
 * The labels files of a mixed list of files and folders, sorted; folders are looked through whole, hidden ones left out.
 * @throws AppError `invalid_path`
 */
export async function findLabelFiles(paths: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const one of paths) {
    const info = await stat(one).catch((cause: unknown) => {
      throw new AppError("invalid_path", `${one} cannot be read. Check its name.`, { cause });
    });
    if (info.isDirectory()) for await (const file of labelFilesIn(one)) found.add(file);
    else found.add(path.resolve(one));
  }
  return [...found].sort();
}

async function* labelFilesIn(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* labelFilesIn(at);
    else if (entry.isFile() && entry.name.endsWith(labelsEnding)) yield path.resolve(at);
  }
}

/** @throws AppError `invalid_labels` that names the file, `invalid_path`, `too_large` */
export async function openLabels(file: string): Promise<OpenedLabels> {
  const text = await readText(file);
  try {
    const document = parseLabels(text);
    const name = path.relative(process.cwd(), file);
    const clipPath = path.resolve(path.dirname(file), document.head.media.file);
    const scheme = await schemeFor(file, document.head.scheme);
    return { file, name, clipPath, document, ...scheme };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new AppError("invalid_path", `${file} cannot be read. Check its name.`, { cause });
  });
  if (bytes.byteLength > maxBytes)
    throw new AppError("too_large", `${file} is larger than any labels file should be. Check what it is.`);
  return bytes.toString("utf8");
}

/** The scheme that a labels file carries or names; a name is of a file beside it or in a folder above. */
export async function schemeFor(
  file: string,
  given: string | Readonly<Record<string, unknown>>,
): Promise<{ scheme: Scheme } | { schemeProblem: string }> {
  if (typeof given !== "string") return schemeOf(given, "The scheme in this file");
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const at = path.resolve(folder, given);
    const text = await readFile(at, "utf8").catch(() => undefined);
    if (text !== undefined) return readSchemeText(text, given);
    if (folder === path.dirname(folder) || path.isAbsolute(given)) break;
  }
  return {
    schemeProblem: `The scheme ${given} is not there. Put it beside the labels, or in a folder above.`,
  };
}

export function readSchemeText(text: string, name: string): { scheme: Scheme } | { schemeProblem: string } {
  try {
    return schemeOf(parseYaml(text, { maxAliasCount: 0 }), name);
  } catch (error) {
    return { schemeProblem: `${name} cannot be read: ${error instanceof Error ? error.message : "?"}` };
  }
}

function schemeOf(value: unknown, name: string): { scheme: Scheme } | { schemeProblem: string } {
  const read = readScheme(value);
  if ("scheme" in read) return { scheme: read.scheme };
  const [issue] = read.issues;
  return { schemeProblem: `${name} is no scheme: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}.` };
}

/**
 * Opens many, one after another.
 * @throws AppError of the first that cannot be read; `not_found` without any, unless that is all right
 */
export async function openAllLabels(
  paths: readonly string[],
  { orNone = false }: { readonly orNone?: boolean } = {},
): Promise<OpenedLabels[]> {
  const files: OpenedLabels[] = [];
  for (const file of await findLabelFiles(paths)) files.push(await openLabels(file));
  if (files.length === 0 && !orNone)
    throw new AppError("not_found", `There is no file *${labelsEnding} in ${paths.join(", ")}.`);
  return files;
}
