import type * as z from "zod";
import { seededRandom } from "../../shared/stats/random.ts";

export type Schema = z.core.JSONSchema.BaseSchema;

/** Leaves that were a 500 once, or are of the kind. */
export const texts = [
  ..."\0,a\0b,\ud83d,x\udc00y,,__proto__,constructor,../../etc/passwd,%00,NaN,P01,p1,neutral".split(","),
  ..."0000-01-01T00:00:00Z,0001-01-01T00:00:00.000Z,9999-12-31T23:59:59.999Z,10000-01-01T00:00:00Z".split(
    ",",
  ),
  ..."+010000-01-01T00:00:00.000Z,2026-02-30T00:00:00Z,2026-01-01T00:00:00Z".split(","),
  ..."00000000-0000-4000-8000-000000000000,/tmp/a\0b,/dev/zero,\\\\evil.example\\share".split(","),
  "x".repeat(5000),
];
const numbers = [0, -1, 1, 1.5, 1e308, -1e308, 2 ** 53, 7, 1e-320];
const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let n = 0; n < levels; n++) value = n % 2 === 0 ? [value] : { a: value };
  return value;
};

/** Draws values from schemas, most of them of the right shape, with leaves that are hard to keep. The same seed draws the same. */
export class Draw {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  value(schema: Schema, depth = 0): unknown {
    if (this.chance(0.04))
      return this.pick<unknown>([null, [], {}, deep(80), this.pick(texts), this.pick(numbers)]);
    const either = schema.anyOf ?? schema.oneOf ?? schema.allOf;
    if (either !== undefined) return this.value(this.pick(either), depth);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return this.pick(schema.enum);
    switch (schema.type) {
      case "string":
        return this.pick(texts);
      case "number":
      case "integer":
        return this.pick(numbers);
      case "boolean":
        return this.chance(0.5);
      case "array": {
        const items = (schema.items ?? {}) as Schema;
        return Array.from({ length: Math.floor(this.#random() * 4) }, () => this.value(items, depth + 1));
      }
      case "object": {
        const value: Record<string, unknown> = {};
        const needed = new Set(schema.required ?? []);
        for (const [name, inner] of Object.entries(schema.properties ?? {}))
          if (needed.has(name) || this.chance(0.5)) value[name] = this.value(inner as Schema, depth + 1);
        if (schema.additionalProperties instanceof Object && depth < 4)
          value[this.pick(texts)] = this.value(schema.additionalProperties, depth + 1);
        return value;
      }
      default:
        return this.pick<unknown>([this.pick(texts), this.pick(numbers), null, deep(6), Buffer.alloc(20)]);
    }
  }
}
