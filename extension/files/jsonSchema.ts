import * as z from "zod";

/** The part of a JSON schema that completion, hovers and messages look at. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly description?: string;
  readonly default?: unknown;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
}

const made = new WeakMap<z.ZodType, JsonSchema>();

/** The JSON schema of what a user writes by a zod value. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  let json = made.get(schema);
  if (json === undefined)
    made.set(schema, (json = z.toJSONSchema(schema, { io: "input", target: "draft-7" }) as JsonSchema));
  return json;
}

/** The schema below these keys, looking into items of lists; with `items: false` the last key keeps its list. */
export function schemaAt(
  root: JsonSchema,
  keys: readonly string[],
  { items = true } = {},
): JsonSchema | undefined {
  let at: JsonSchema | undefined = root;
  for (const [i, key] of keys.entries()) {
    at = at === undefined ? undefined : propertyOf(at, key);
    if (at?.items !== undefined && (items || i < keys.length - 1)) at = at.items;
  }
  return at;
}

/** What a schema says of a key, through its alternatives; undefined where it knows no such key. */
export function propertyOf(schema: JsonSchema, key: string): JsonSchema | undefined {
  const { additionalProperties } = schema;
  return (
    propertiesOf(schema)[key] ?? (typeof additionalProperties === "object" ? additionalProperties : undefined)
  );
}

/** Of a map with free values the allowed keys are its names. */
export function propertiesOf({
  properties,
  propertyNames,
  additionalProperties,
}: JsonSchema): Record<string, JsonSchema> {
  if (properties !== undefined) return { ...properties };
  const free = typeof additionalProperties === "object" ? additionalProperties : {};
  return Object.fromEntries((propertyNames?.enum ?? []).map((name) => [String(name), free]));
}

/** The greatest number that a schema made by zod writes where nothing was said. */
const unbounded = Number.MAX_SAFE_INTEGER;

/** What may stand here, as the end of a sentence: "one of amplitude, motion", "a whole number from 1 to 32". */
export function allowedText(schema: JsonSchema): string | undefined {
  const { minimum = -unbounded, maximum = unbounded } = schema;
  if (schema.enum !== undefined) return `one of ${schema.enum.join(", ")}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  switch (schema.type) {
    case "integer":
    case "number": {
      const noun = schema.type === "integer" ? "a whole number" : "a number";
      if (minimum > -unbounded && maximum < unbounded) return `${noun} from ${minimum} to ${maximum}`;
      if (minimum > -unbounded) return `${noun} of at least ${minimum}`;
      return maximum < unbounded ? `${noun} of at most ${maximum}` : noun;
    }
    case "boolean":
      return "true or false";
    case "string":
      return "a text";
    case "array":
      return schema.minItems !== undefined && schema.minItems === schema.maxItems
        ? `a list of ${schema.minItems}`
        : "a list";
    case "object": {
      const keys = Object.keys(propertiesOf(schema));
      return keys.length === 0 ? "a map" : `a map of ${keys.join(", ")}`;
    }
    default:
      return undefined;
  }
}
