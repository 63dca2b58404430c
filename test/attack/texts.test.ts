import assert from "node:assert/strict";
import * as z from "zod";
import { endpoints } from "../../shared/protocol/endpoints.ts";
import { startLive } from "../../shared/protocol/live.ts";
import { socketRequests } from "../../shared/protocol/socket.ts";
import { connect } from "../integration/live/liveClient.ts";
import { makeStudy, syntheticRun } from "../integration/studies/study.ts";
import { startTestDaemon, type TestDaemon } from "../integration/testDaemon.ts";
import { Draw, texts } from "./draw.ts";

/** Routes that work for long: they are asked less often. */
const slow = new Set(["/api/doctor", "/api/devices/test", "/api/models/:id/verify"]);

describe("texts, dates and numbers that cannot be kept", function () {
  this.timeout(600_000);
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
    const draw = new Draw(12);
    const failures: string[] = [];
    let asked = 0;
    for (const { method, path: route, request } of Object.values(endpoints)) {
      const schema = z.toJSONSchema(request, { unrepresentable: "any", io: "input" });
      for (let n = 0; n < (slow.has(route) ? 2 : 15); n++) {
        const body = draw.value(schema) as Record<string, unknown> | null;
        const target = route.replaceAll(/:(\w+)/g, (_, name: string) => {
          const real: Record<string, string> = { study, participant: "p1" };
          return encodeURIComponent((draw.chance(0.6) ? real[name] : undefined) ?? safe(draw.pick(texts)));
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

  it("no request over a socket ends in a fault of the daemon's: values drawn from each schema, and none at all", async () => {
    const draw = new Draw(13);
    await using client = connect(test);
    // It is there to be named; what is asked of it need not wait for its networks.
    const { id } = (await test.call(startLive, { source: { kind: "page" } })).session;
    // These would speak aloud, and end it.
    const never = new Set(["live:say", "live:end"]);
    const failures: string[] = [];
    let asked = 0;
    for (const [name, { request }] of Object.entries(socketRequests)) {
      const schema = z.toJSONSchema(request, { unrepresentable: "any", io: "input" });
      for (let n = 0; n < 25; n++) {
        const value = draw.value(schema);
        const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
        const named = isObject && !never.has(name) && draw.chance(0.6) ? { ...value, id } : value;
        const answer = await client.refused(name as keyof typeof socketRequests, named as object);
        asked++;
        if (!answer.ok && answer.code === "internal")
          failures.push(`${name} ${JSON.stringify(named).slice(0, 200)}: ${answer.message}`);
      }
    }
    assert.ok(asked > 200, String(asked));
    assert.deepEqual(failures, []);
    const { socket } = client as unknown as { socket: { emit(...values: unknown[]): void } };
    for (const name of ["__proto__", "constructor", "live:watch", "no:such", "x".repeat(5000)])
      for (const values of [[], [null], [1, 2, 3], [Buffer.alloc(10)], [{ id }, "no function"]])
        socket.emit(name, ...values);
    assert.ok((await client.ask("live:watch", { id })).session.id === id);
    assert.ok(!test.lines.some((line) => line.includes("request_failed")), test.lines.join("\n"));
    await client.ask("live:end", { id });
  });
});

/** A URL cannot hold half of a character. */
const safe = (text: string): string => text.replace(/\p{Cs}/gu, "\uFFFD") || "x";
