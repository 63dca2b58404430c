import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { ComparedFile } from "../../shared/labels/agreement/clips.ts";
import { parseLabels } from "../../shared/labels/document.ts";
import { findScheme, type FoundScheme } from "../../shared/labels/findScheme.ts";
import { isLabelsFile, labelsEnding } from "../../shared/labels/newFile.ts";
import type { LabelsHead } from "../../shared/protocol/labels.ts";
import { isNetworkPath } from "../../shared/text/networkPath.ts";
import { readUserFile } from "../text/readTextFile.ts";

const maxBytes = 64_000_000;

/** A labels file as the daemon reads it. */
export interface OpenedLabels extends ComparedFile {
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
    else if (entry.isFile() && isLabelsFile(entry.name)) yield path.resolve(at);
  }
}

/** @throws AppError `invalid_labels` that names the file, `invalid_path`, `too_large` */
export async function openLabels(file: string): Promise<OpenedLabels> {
  const text = await readLabelsText(file);
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

/** @throws AppError `invalid_path`, `too_large` */
export async function readLabelsText(file: string): Promise<string> {
  return (await readUserFile(file, maxBytes)).toString("utf8");
}

/** The scheme that a labels file carries or names; a name is of a file beside it or in a folder above. */
export function schemeFor(file: string, given: LabelsHead["scheme"]): Promise<FoundScheme> {
  return findScheme(
    given,
    (name) => placesAbove(file, name),
    (at) =>
      readUserFile(at).then(
        (bytes) => bytes.toString("utf8"),
        () => undefined,
      ),
  );
}

function* placesAbove(file: string, name: string): Generator<string> {
  if (isNetworkPath(name)) return;
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    yield path.resolve(folder, name);
    if (folder === path.dirname(folder) || path.isAbsolute(name)) return;
  }
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
