import type * as z from "zod";
import type { ModelEntry } from "../../shared/protocol/models.ts";
import { flowPlace } from "./flow.ts";
import { propertiesOf, propertyOf, schemaAt, toJsonSchema, type JsonSchema } from "./jsonSchema.ts";

/** What may stand at a place of a file. */
export interface FieldSuggestion {
  readonly label: string;
  /** To insert; of a key, with its colon. */
  readonly text: string;
  readonly kind: "key" | "value";
  readonly description?: string;
}

/**
 * What may be written at the end of `before`, the text up to the cursor, in YAML's block style, by the indentation of the
 * lines above, and inside `{ }`: a file in the middle of being written is understood too.
 */
export function suggestionsAt(
  before: string,
  schema: z.ZodType,
  networks: readonly Pick<ModelEntry, "id" | "task">[] = [],
): FieldSuggestion[] {
  const place = placeAt(before);
  if (place === undefined) return [];
  const root = toJsonSchema(schema);
  const parent = schemaAt(root, place.keys);
  if (parent === undefined) return [];
  if (place.key !== undefined) {
    const ofTask = networks.filter(({ task }) => place.keys.at(-1) === "networks" && task === place.key);
    return [
      ...ofTask.map(({ id }): FieldSuggestion => ({
        label: id,
        text: id,
        kind: "value",
        description: place.key!,
      })),
      ...values(propertyOf(parent, place.key)),
    ];
  }
  return Object.entries(propertiesOf(parent))
    .filter(([name]) => !place.present.has(name))
    .map(([name, property]) => ({
      label: name,
      text: `${name}: `,
      kind: "key",
      ...(property.description !== undefined && { description: property.description }),
    }));
}

/** Where the cursor is: in the map below `keys`, at the value of `key` or where a key may stand. */
export interface Place {
  readonly keys: readonly string[];
  readonly key: string | undefined;
  /** Keys that the map has already. */
  readonly present: ReadonlySet<string>;
}

/** Nobody writes a longer line by hand. */
const maxLineLength = 1000;
/** Braces in more braces than this are of no file that the schemas know. */
const maxBraces = 20;

function placeAt(before: string, depth = 0): Place | undefined {
  const flow = depth > maxBraces ? undefined : flowPlace(before);
  if (flow !== undefined) {
    const outer = placeAt(flow.before, depth + 1);
    if (outer === undefined) return undefined;
    return { ...flow, keys: [...outer.keys, ...(outer.key === undefined ? [] : [outer.key])] };
  }
  const lines = before.split("\n");
  const line = lines.pop()!;
  if (line.length > maxLineLength) return undefined;
  const [, indent = "", dash = "", key, typed] =
    /^(\s*)((?:-\s+)?)(?:([\w-]+):\s)?\s*([\w./-]*)$/.exec(line) ?? [];
  if (typed === undefined) return undefined;
  const column = indent.length + dash.length;
  const keys = parentKeys(lines, column, dash !== "");
  return { keys, key, present: siblings(lines, column, dash !== "") };
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

function values(schema: JsonSchema | undefined): FieldSuggestion[] {
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
