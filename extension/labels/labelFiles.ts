import { readFile } from "node:fs/promises";
import path from "node:path";
import { findScheme, type FoundScheme } from "../../shared/labels/findScheme.ts";
import type { LabelsHead } from "../../shared/protocol/labels.ts";
import { namedFile } from "../files/namedFile.ts";

/** The scheme that a labels file carries or names; a name is of a file beside it or in a folder above. */
export function schemeBeside(file: string, given: LabelsHead["scheme"]): Promise<FoundScheme> {
  return findScheme(
    given,
    (name) => placesAbove(file, name),
    (at) => readFile(at, "utf8").catch(() => undefined),
  );
}

function* placesAbove(file: string, name: string): Generator<string> {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const at = namedFile(folder, name);
    if (at === undefined) return;
    yield at;
    if (folder === path.dirname(folder) || path.isAbsolute(name)) return;
  }
}

/** The clip that a labels file names, which is relative to that file; undefined for a clip on a server that is named in the file. */
export function clipPath(file: string, head: LabelsHead): string | undefined {
  return namedFile(path.dirname(file), head.media.file);
}
