import { readYaml } from "../documents/parseYaml.ts";
import type { LabelsHead } from "../protocol/labels.ts";
import type { Scheme } from "../protocol/scheme.ts";
import { readScheme } from "./scheme.ts";
import { builtInSchemes, isBuiltIn } from "./schemes/builtIn.ts";

/** More characters than this have no labels that somebody chooses among; what is longer would hold up whoever reads it. */
const maxSchemeLength = 60_000;

export type FoundScheme = { readonly scheme: Scheme } | { readonly schemeProblem: string };

/**
 * The scheme that a labels file carries or names.
 *
 * @param places of a file with that name: beside the labels, then in each folder above
 * @param read the text of a file; undefined where it is not there
 */
export async function findScheme(
  given: LabelsHead["scheme"],
  places: (name: string) => Iterable<string>,
  read: (file: string) => Promise<string | undefined>,
): Promise<FoundScheme> {
  if (typeof given !== "string") return schemeOf(given, "The scheme in this file");
  for (const file of places(given)) {
    const text = await read(file);
    if (text !== undefined) return schemeOfText(text, given);
  }
  if (isBuiltIn(given)) return { scheme: builtInSchemes[given] };
  return {
    schemeProblem: `The scheme ${given} is not there. Put it beside the labels, or in a folder above.`,
  };
}

/** The scheme that the text of a file holds, YAML or JSON. */
export function schemeOfText(text: string, name: string): FoundScheme {
  try {
    return schemeOf(readYaml(text, maxSchemeLength), name);
  } catch (error) {
    return { schemeProblem: `${name} cannot be read: ${error instanceof Error ? error.message : "?"}` };
  }
}

function schemeOf(value: unknown, name: string): FoundScheme {
  const read = readScheme(value);
  if ("scheme" in read) return { scheme: read.scheme };
  const [issue] = read.issues;
  const why = `${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`;
  return { schemeProblem: `${name} is no scheme: ${why.slice(0, 500)}.` };
}
