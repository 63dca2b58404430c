import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse as parseYaml } from "yaml";
import { readScheme } from "../../shared/labels/scheme.ts";
import type { LabelsHead } from "../../shared/protocol/labels.ts";
import type { Scheme } from "../../shared/protocol/scheme.ts";

export const labelsEnding = ".labels.json";

export function isLabelsFile(name: string): boolean {
  return name.endsWith(labelsEnding);
}

export type FoundScheme = { readonly scheme: Scheme } | { readonly schemeProblem: string };

/** The scheme that a labels file carries or names; a name is of a file beside it or in a folder above. */
export async function schemeFor(file: string, given: LabelsHead["scheme"]): Promise<FoundScheme> {
  if (typeof given !== "string") return schemeOf(given, "scheme");
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const text = await readFile(path.resolve(folder, given), "utf8").catch(() => undefined);
    if (text !== undefined) return parsed(text, given);
    if (folder === path.dirname(folder) || path.isAbsolute(given)) break;
  }
  return {
    schemeProblem: `The scheme ${given} is not there. Put it beside the labels, or in a folder above.`,
  };
}

function parsed(text: string, name: string): FoundScheme {
  try {
    return schemeOf(parseYaml(text, { maxAliasCount: 0 }), name);
  } catch (error) {
    return { schemeProblem: `${name} cannot be read: ${error instanceof Error ? error.message : "?"}` };
  }
}

function schemeOf(value: unknown, name: string): FoundScheme {
  const read = readScheme(value);
  if ("scheme" in read) return { scheme: read.scheme };
  const [issue] = read.issues;
  return { schemeProblem: `${name} is no scheme: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}.` };
}

export function clipPath(file: string, head: LabelsHead): string {
  return path.resolve(path.dirname(file), head.media.file);
}
