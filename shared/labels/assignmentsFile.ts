import { parse as parseYaml } from "yaml";
import { assignmentsSchema, type Assignments } from "../protocol/assignments.ts";

/** The text of an assignments.yaml, or what is wrong with it, in a sentence. */
export function assignmentsOfText(
  text: string,
): { readonly assignments: Assignments } | { readonly problem: string } {
  let value: unknown;
  try {
    value = parseYaml(text, { maxAliasCount: 0, logLevel: "error" });
  } catch {
    return { problem: "it is no YAML." };
  }
  const parsed = assignmentsSchema.safeParse(value);
  if (parsed.success) return { assignments: parsed.data };
  const [issue] = parsed.error.issues;
  return { problem: `${issue!.path.join(".")} ${issue!.message}.` };
}
