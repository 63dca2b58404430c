import { readYaml } from "../documents/parseYaml.ts";
import { assignmentsSchema, type Assignments } from "../protocol/assignments.ts";

/** Characters of a file of as many clips as anybody labels. */
const maxLength = 400_000;

/** The text of an assignments.yaml, or what is wrong with it, in a sentence. */
export function assignmentsOfText(
  text: string,
): { readonly assignments: Assignments } | { readonly problem: string } {
  let value: unknown;
  try {
    value = readYaml(text, maxLength);
  } catch {
    return { problem: "it is no YAML." };
  }
  const parsed = assignmentsSchema.safeParse(value);
  if (parsed.success) return { assignments: parsed.data };
  const [issue] = parsed.error.issues;
  return { problem: `${issue!.path.join(".")} ${issue!.message}.` };
}
