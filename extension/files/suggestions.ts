import * as z from "zod";

/** What may stand at a place of a file. */
export interface Suggestion {
  readonly label: string;
  /** To insert; of a key, with its colon. */
  readonly text: string;
  readonly kind: "key" | "value";
  readonly description?: string;
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly default?: unknown;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
}

/**
 * What may be written at the end of `before`, the text up to the cursor, in YAML's block style: by the indentation of the
 * lines above, so that a file in the middle of being written is understood too.
 */
export function suggestionsAt(before: string, schema: z.ZodType): Suggestion[] {
  const lines = before.split("\n");
  const line = lines.pop()!;
  const [, indent = "", dash = "", key, typed] =
    /^(\s*)((?:-\s+)?)(?:([\w-]+):\s)?\s*([\w./-]*)$/.exec(line) ?? [];
  if (typed === undefined) return [];
  const column = indent.length + dash.length;
  const root = z.toJSONSchema(schema, { io: "input", target: "draft-7" }) as JsonSchema;
  const parent = schemaAt(root, parentKeys(lines, column, dash !== ""));
  if (parent === undefined) return [];
  if (key !== undefined) return values(propertyOf(parent, key));
  const present = siblings(lines, column, dash !== "");
  return Object.entries(propertiesOf(parent))
    .filter(([name]) => !present.has(name))
    .map(([name, property]) => ({
      label: name,
      text: `${name}: `,
      kind: "key",
      ...(property.description !== undefined && { description: property.description }),
    }));
}

/** The keys above a line that it belongs to, the outermost first. An item of a list is below the key of the list. */
function parentKeys(lines: readonly string[], column: number, startsItem: boolean): string[] {
  const keys: string[] = [];
  let limit = column;
  let item = startsItem;
  for (const line of lines.toReversed()) {
    const [, indent, dash, key] = /^(\s*)((?:-\s+)?)([\w-]+):/.exec(line) ?? [];
    if (indent === undefined || key === undefined) continue;
    const at = indent.length + dash!.length;
    // A list may stand at the column of its own key.
    if (at < limit || (item && dash === "" && at === limit - 2)) {
      keys.unshift(key);
      limit = at;
      item = dash !== "";
    } else if (at === limit && dash !== "") item = true;
  }
  return keys;
}

/** Keys that the map of the cursor has already. */
function siblings(lines: readonly string[], column: number, startsItem: boolean): Set<string> {
  const found = new Set<string>();
  if (startsItem) return found;
  for (const line of lines.toReversed()) {
    const [, indent, dash, key] = /^(\s*)((?:-\s+)?)([\w-]+):/.exec(line) ?? [];
    if (indent === undefined || key === undefined) continue;
    const at = indent.length + dash!.length;
    if (at < column) break;
    if (at === column) found.add(key);
    if (at === column && dash !== "") break;
  }
  return found;
}

function schemaAt(root: JsonSchema, keys: readonly string[]): JsonSchema | undefined {
  let at: JsonSchema | undefined = root;
  for (const key of keys) {
    at = at === undefined ? undefined : propertyOf(at, key);
    if (at?.items !== undefined) at = at.items;
  }
  return at;
}

function propertyOf(schema: JsonSchema, key: string): JsonSchema | undefined {
  const { additionalProperties } = schema;
  return (
    propertiesOf(schema)[key] ?? (typeof additionalProperties === "object" ? additionalProperties : undefined)
  );
}

/** Of a map with free values the allowed keys are its names. */
function propertiesOf({
  properties,
  propertyNames,
  additionalProperties,
}: JsonSchema): Record<string, JsonSchema> {
  if (properties !== undefined) return { ...properties };
  const free = typeof additionalProperties === "object" ? additionalProperties : {};
  return Object.fromEntries((propertyNames?.enum ?? []).map((name) => [String(name), free]));
}

function values(schema: JsonSchema | undefined): Suggestion[] {
  if (schema === undefined) return [];
  const known =
    schema.enum ??
    (schema.const === undefined ? (schema.type === "boolean" ? [true, false] : []) : [schema.const]);
  const all = schema.default === undefined ? known : [schema.default, ...known];
  return [...new Set(all.filter((value) => typeof value !== "object").map(String))].map((text) => ({
    label: text,
    text,
    kind: "value",
    ...(schema.description !== undefined && { description: schema.description }),
  }));
}
