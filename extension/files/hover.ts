import { isNode, isPair, isScalar, visit } from "yaml";
import type * as z from "zod";
import { parseYaml } from "../../shared/documents/parseYaml.ts";
import { allowedText, schemaAt, toJsonSchema } from "./jsonSchema.ts";

/** What a key means: lines of Markdown, and the range of the key in the text. */
export interface Explanation {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/** Explains the key at an offset of a YAML or JSON file; `undefined` where there is none, or the schema does not know it. */
export function explanationAt(text: string, offset: number, schema: z.ZodType): Explanation | undefined {
  let found: { keys: string[]; start: number; end: number } | undefined;
  const { document } = parseYaml(text);
  if (document === undefined) return undefined;
  visit(document, {
    Pair(_, pair, path) {
      const { key } = pair;
      if (!isScalar(key) || !isNode(key) || key.range == null) return;
      const [start, end] = key.range;
      if (offset < start || offset > end) return;
      const above = path.filter((node) => isPair(node)).map((one) => String(one.key));
      found = { keys: [...above, String(key.value)], start, end };
    },
  });
  if (found === undefined) return undefined;
  const property = schemaAt(toJsonSchema(schema), found.keys, { items: false });
  if (property === undefined) return undefined;
  const allowed = allowedText(property);
  const { default: value } = property;
  const lines = [
    property.description,
    allowed && `Allowed: ${allowed}.`,
    value !== undefined && typeof value !== "object" && `Default: \`${JSON.stringify(value)}\`.`,
  ].filter((line) => typeof line === "string");
  return lines.length === 0 ? undefined : { start: found.start, end: found.end, lines };
}
