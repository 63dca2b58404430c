import { isMap, isNode, isPair, isScalar, type Document, type Node } from "yaml";
import type * as z from "zod";
import { allowedText, schemaAt, toJsonSchema, type JsonSchema } from "./jsonSchema.ts";
import { parseYaml } from "../../shared/documents/parseYaml.ts";
import { nearest } from "../../shared/nearest.ts";

/** Text between two offsets, to be replaced. */
export interface TextChange {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Something wrong in a file, between two offsets of its text. */
export interface Fault {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  /** Beyond what a JSON schema can say. */
  readonly beyondSchema: boolean;
  /** A change that mends it. */
  readonly fix?: TextChange & { readonly kind: "rename" | "replace" | "add"; readonly what: string };
}

/** Marked at once; a file with more is most likely something else. */
const maxFaults = 100;
/** A key may be as long as the file. */
const maxMessageLength = 1000;

type Issue = z.core.$ZodIssue;

/** What is wrong in the text of a YAML or JSON file, by its schema, each fault where it stands. */
export function findFaults(text: string, schema: z.ZodType): Fault[] {
  const { document, faults } = parseYaml(text);
  if (document === undefined || faults.length > 0)
    return faults.slice(0, maxFaults).map((fault) => ({ ...fault, beyondSchema: false }));
  const found = plain(document);
  if (found instanceof Error) return [{ start: 0, end: 1, message: found.message, beyondSchema: false }];
  const parsed = schema.safeParse(found);
  if (parsed.success) return [];
  return parsed.error.issues
    .slice(0, maxFaults)
    .flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.slice(0, maxFaults).map((key) => unknownKey(document, issue.path, key, schema))
        : [toFault(document, issue, text, schema)],
    )
    .map((fault) => ({ ...fault, message: fault.message.slice(0, maxMessageLength) }));
}

function plain(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    try {
      // Anchors are refused where the file is read; here the rest of the file is looked at.
      return document.toJS({ maxAliasCount: 100 });
    } catch {
      return new Error(
        "It is nested too deep, or refers to anchors that are not there. Write it without anchors (&, *).",
      );
    }
  }
}

function toFault(document: Document.Parsed, issue: Issue, text: string, schema: z.ZodType): Fault {
  const node = nodeAt(document, issue.path);
  const base = {
    ...rangeOf(node ?? parentAt(document, issue.path)),
    message: sentence(issue, node, schemaOf(schema, issue.path)),
    beyondSchema: issue.code === "custom",
  };
  if (node === undefined) {
    const added = missingKey(document, issue, text);
    return added === undefined ? base : { ...base, fix: added };
  }
  if (issue.code === "invalid_value" && isScalar(node)) {
    const best = nearest(String(node.value), issue.values.map(String));
    if (best !== undefined)
      return { ...base, fix: { ...rangeOf(node), text: best, kind: "replace", what: best } };
  }
  return base;
}

/** What is wrong, as a sentence that says what may stand there. */
function sentence(issue: Issue, node: Node | undefined, schema: JsonSchema | undefined): string {
  const name = issue.path.filter((part) => typeof part === "string").join(".");
  const subject = name === "" ? "The file" : `"${name}"`;
  const allowed = schema && allowedText(schema);
  if (issue.code === "custom" || (issue.code === "invalid_format" && issue.message.startsWith("must")))
    return name === "" ? ended(issue.message) : `${subject}: ${ended(issue.message)}`;
  // Beyond the schema: the sentence names what there is.
  if (issue.code === "invalid_value" && schema?.enum === undefined) return `${subject}: ${issue.message}`;
  if (node === undefined)
    return allowed === undefined ? `${subject} is missing.` : `${subject} is missing: ${allowed}.`;
  const given = isScalar(node) ? `, not ${JSON.stringify(node.value)}` : "";
  return allowed === undefined
    ? `${subject}: ${ended(issue.message)}`
    : `${subject} must be ${allowed}${given}.`;
}

function ended(message: string): string {
  return message.endsWith(".") ? message : `${message}.`;
}

function schemaOf(schema: z.ZodType, path: readonly PropertyKey[]): JsonSchema | undefined {
  const keys = path.filter((part) => typeof part === "string");
  return schemaAt(toJsonSchema(schema), keys, { items: typeof path.at(-1) === "number" });
}

/** A key that the schema does not know, at the key itself; mended by the known one that is nearest. */
function unknownKey(
  document: Document.Parsed,
  path: readonly PropertyKey[],
  key: string,
  schema: z.ZodType,
): Fault {
  const map = nodeAt(document, path);
  const pair = isMap(map)
    ? map.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key)
    : undefined;
  const range = rangeOf(isNode(pair?.key) ? pair.key : map);
  const best = nearest(key, keysAt(schema, path));
  return {
    ...range,
    message:
      best === undefined
        ? `"${key}" is not known here. Known are: ${keysAt(schema, path).join(", ")}.`
        : `"${key}" is not known here. "${best}"?`,
    beyondSchema: false,
    ...(best !== undefined && { fix: { ...range, text: best, kind: "rename" as const, what: best } }),
  };
}

/** The line that adds a missing value, below the last line of the map it belongs to. */
function missingKey(document: Document.Parsed, issue: Issue, text: string): Fault["fix"] {
  const key = issue.path.at(-1);
  const map = nodeAt(document, issue.path.slice(0, -1));
  const last = isMap(map) ? map.items.at(-1) : undefined;
  const first = isMap(map) ? map.items[0]?.key : undefined;
  if (typeof key !== "string" || last === undefined || !isNode(first) || isFlow(map)) return undefined;
  const column = first.range![0] - (text.lastIndexOf("\n", first.range![0] - 1) + 1);
  const end = isNode(last.value) ? last.value.range![1] : (last.key as Node).range![1];
  // An answer without an end: the participant ends it.
  const line = issue.code === "custom" ? "until: key" : `${key}: ${emptyValue(issue)}`;
  return { start: end, end, text: `\n${" ".repeat(column)}${line}`, kind: "add", what: line };
}

/** What a user fills in. */
const emptyValues: Readonly<Partial<Record<string, string>>> = {
  array: "[]",
  object: "{}",
  number: "0",
  boolean: "false",
};

function emptyValue(issue: Issue): string {
  return (issue.code === "invalid_type" ? emptyValues[issue.expected] : undefined) ?? '""';
}

function isFlow(node: unknown): boolean {
  return isMap(node) && node.flow === true;
}

function nodeAt(document: Document.Parsed, path: readonly PropertyKey[]): Node | undefined {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) ? node : undefined;
}

/** The nearest node around a value that is missing. */
function parentAt(document: Document.Parsed, path: readonly PropertyKey[]): Node | undefined {
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const node = nodeAt(document, path.slice(0, depth));
    if (node !== undefined) return node;
  }
  return undefined;
}

/** A map or a list is marked at its start alone: nobody wants ten red lines. */
function rangeOf(node: Node | undefined): { start: number; end: number } {
  if (node?.range == null) return { start: 0, end: 1 };
  const [start, end] = node.range;
  if (isScalar(node)) return { start, end };
  const first = isMap(node) ? node.items[0]?.key : undefined;
  return isNode(first) && first.range != null
    ? { start: first.range[0], end: first.range[1] }
    : { start, end: Math.min(start + 1, end) };
}

/** The keys that a map at `path` may have. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const part of path) at = inside(unwrapped(at), part);
  const { shape } = unwrapped(at) as { shape?: object };
  return Object.keys(shape ?? {});
}

function inside(schema: unknown, part: PropertyKey): unknown {
  const { shape, element } = schema as { shape?: Record<PropertyKey, unknown>; element?: unknown };
  return typeof part === "number" ? element : shape?.[part];
}

function unwrapped(schema: unknown): unknown {
  let at = schema as { unwrap?: () => unknown; element?: unknown } | undefined;
  while (at !== undefined && typeof at.unwrap === "function" && at.element === undefined)
    at = at.unwrap() as typeof at;
  return at ?? {};
}
