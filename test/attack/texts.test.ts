import assert from "node:assert/strict";
import * as z from "zod";
import { endpoints } from "../../shared/protocol/endpoints.ts";
import { seededRandom } from "../../shared/stats/random.ts";
import { makeStudy, syntheticRun } from "../integration/studies/study.ts";
import { startTestDaemon, type TestDaemon } from "../integration/testDaemon.ts";

type Schema = z.core.JSONSchema.BaseSchema;

/** Leaves that were a 500 once, or are of the kind. */
const texts = [
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

/** Routes that work for long or end the daemon; others attack them. */
const leftOut = new Set(["/api/shutdown", "/api/doctor", "/api/devices/test", "/api/models/:id/verify"]);

describe("texts, dates and numbers that cannot be kept", function () {
  this.timeout(180_000);
  let test: TestDaemon;
  let study: string;
  before(async () => {
    test = await startTestDaemon({ run: syntheticRun, config: { limits: { requestsBurst: 100_000 } } });
    study = (await makeStudy(test)).study;
  });
  after(() => test[Symbol.asyncDispose]());

  const send = async (method: string, target: string, body?: unknown): Promise<[number, string]> => {
    const response = await test.ask(target, {
      method: method.toUpperCase(),
      headers: {
        authorization: `Bearer ${test.daemon.token.reveal()}`,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return [response.status, await response.text()];
  };

  it("are the caller's fault, and the field is named", async () => {
    for (const [body, field] of [
      ['{"name":"a\\u0000b","consentText":"ok"}', "name holds a NUL"],
      ['{"name":"ok","consentText":"x\\ud83dy"}', "consentText holds half"],
      ['{"name":"ok","consentText":"ok","a\\u0000":1}', "a\uFFFD holds a NUL"],
    ] as const) {
      const [status, text] = await send("post", "/api/studies", body);
      assert.equal(status, 400, text);
      assert.ok(text.includes(field), text);
    }
    for (const retainUntil of ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z"]) {
      const [status, text] = await send("put", `/api/studies/${study}/participants/p1`, { retainUntil });
      assert.equal(status, 400, text);
      assert.match(text, /retainUntil/);
    }
    const nested = `{"mediaPath":"/tmp/a.mp4","config":{"a":${"[".repeat(5000)}${"]".repeat(5000)}}}`;
    const [status, text] = await send("post", "/api/analyses", nested);
    assert.equal(status, 400, text);
    assert.match(text, /config\.a.* nests too deeply/);
  });

  it("no route answers them with a fault of its own: bodies drawn from each route's schema", async () => {
    const random = seededRandom(12);
    const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
    const draw = (schema: Schema, depth = 0): unknown => {
      if (random() < 0.04) return pick<unknown>([null, [], {}, deep(80), pick(texts), pick(numbers)]);
      const either = schema.anyOf ?? schema.oneOf ?? schema.allOf;
      if (either !== undefined) return draw(pick(either), depth);
      if (schema.const !== undefined) return schema.const;
      if (schema.enum !== undefined) return pick(schema.enum);
      switch (schema.type) {
        case "string":
          return pick(texts);
        case "number":
        case "integer":
          return pick(numbers);
        case "boolean":
          return random() < 0.5;
        case "array": {
          const items = (schema.items ?? {}) as Schema;
          return Array.from({ length: Math.floor(random() * 4) }, () => draw(items, depth + 1));
        }
        case "object": {
          const value: Record<string, unknown> = {};
          const needed = new Set(schema.required ?? []);
          for (const [name, inner] of Object.entries(schema.properties ?? {}))
            if (needed.has(name) || random() < 0.5) value[name] = draw(inner as Schema, depth + 1);
          if (schema.additionalProperties instanceof Object && depth < 4)
            value[pick(texts)] = draw(schema.additionalProperties, depth + 1);
          return value;
        }
        default:
          return pick<unknown>([pick(texts), pick(numbers), null, deep(6)]);
      }
    };
    const failures: string[] = [];
    let asked = 0;
    for (const { method, path: route, request } of Object.values(endpoints)) {
      if (leftOut.has(route)) continue;
      const schema = z.toJSONSchema(request, { unrepresentable: "any", io: "input" });
      for (let n = 0; n < 15; n++) {
        const body = draw(schema) as Record<string, unknown> | null;
        const target = route.replaceAll(/:(\w+)/g, (_, name: string) => {
          const real: Record<string, string> = { study, participant: "p1" };
          return encodeURIComponent((random() < 0.6 ? real[name] : undefined) ?? safe(pick(texts)));
        });
        const params = new Set([...route.matchAll(/:(\w+)/g)].map(([, name]) => name));
        const rest = Object.fromEntries(Object.entries(body ?? {}).filter(([name]) => !params.has(name)));
        const inUrl = method === "get" || method === "delete";
        const query = new URLSearchParams(
          Object.entries(rest).map(([name, value]) => [
            safe(name),
            safe(typeof value === "string" ? value : JSON.stringify(value)),
          ]),
        ).toString();
        const [status, text] = inUrl
          ? await send(method, query === "" ? target : `${target}?${query}`)
          : await send(method, target, rest);
        asked++;
        if (status >= 500)
          failures.push(`${method} ${target} ${JSON.stringify(rest).slice(0, 200)}: ${text}`);
      }
    }
    assert.ok(asked > 500, String(asked));
    assert.deepEqual(failures, []);
  });
});

/** A URL cannot hold half of a character. */
const safe = (text: string): string => text.replace(/\p{Cs}/gu, "\uFFFD") || "x";
