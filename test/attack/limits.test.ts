import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { gzipSync } from "node:zlib";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { io } from "socket.io-client";
import { listAnalyses } from "../../shared/protocol/analyses.ts";
import { getStatus } from "../../shared/protocol/system.ts";
import { startTestDaemon, withToken, type TestDaemon } from "../integration/testDaemon.ts";
import { until } from "../support/until.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What this process holds, the daemon within it: without what is garbage, of which tests that ran before leave much. */
function keptBytes(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe("S12 limits", () => {
  let test: TestDaemon;
  let token: string;
  let port: number;
  before(async function () {
    this.timeout(180_000);
    test = await startTestDaemon({
      config: {
        limits: {
          headersTimeoutMs: 500,
          requestTimeoutMs: 1000,
          connections: 40,
          sockets: 3,
          bodyBytes: 10_000,
          requestsPerSecond: 10,
          requestsBurst: 200,
        },
      },
    });
    token = test.daemon.token.reveal();
    port = Number(new URL(test.daemon.url).port);
  });
  after(() => test[Symbol.asyncDispose]());

  const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    test.ask("/api/media/probe", {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      body,
    });
  /** Writes raw bytes and returns what came back when the daemon closed the connection. */
  const talk = async (text: string): Promise<string> => {
    const socket = net.connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.on("error", () => undefined);
    socket.write(text);
    // `once` would fail on a reset, which is an answer too.
    await new Promise<void>((resolve) => socket.on("close", () => resolve()));
    return answer;
  };

  it("refuses a body that is too large, also when it does not say so", async () => {
    assert.equal((await post(JSON.stringify({ path: "x".repeat(20_000) }))).status, 413);
    const status = await new Promise((resolve, reject) => {
      const request = http.request(
        {
          port,
          host: "127.0.0.1",
          method: "POST",
          path: "/api/media/probe",
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        },
        (response) => resolve(response.statusCode),
      );
      request.on("error", reject);
      request.write(`{"path":"${"x".repeat(20_000)}`);
      request.end('"}');
    });
    assert.equal(status, 413);
  });

  it("refuses a compressed body, however small", async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(9_000_000, 32)));
    assert.equal((await post(bomb, { "content-encoding": "gzip" })).status, 415);
  });

  it("refuses JSON that is deep, no object, or not JSON", async () => {
    for (const body of ["[".repeat(9000), "[1]", '"x"', "null", "{", "", '{"__proto__":{"path":"/"}}'])
      assert.equal((await post(body)).status, 400, body.slice(0, 20));
  });

  it("refuses what the schema does not know, and pages that are too long", async () => {
    const headers = { authorization: `Bearer ${token}` };
    for (const query of [
      "limit=100000",
      "limit=-1",
      "limit=1e99",
      "limit=1&limit=2",
      "other=1",
      "state[]=done",
    ])
      assert.equal((await test.ask(`/api/analyses?${query}`, { headers })).status, 400, query);
    assert.equal((await test.ask(`/api/analyses?state=${"x".repeat(20_000)}`, { headers })).status, 431);
  });

  it("closes a connection whose header or body never ends", async () => {
    const head = `POST /api/media/probe HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
    const full = `${head}Authorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
    const [slowHead, slowBody] = await Promise.all([talk(`${head}X-Slow: `), talk(full)]);
    assert.match(slowHead, /^HTTP\/1.1 408 /);
    assert.match(slowBody, /^HTTP\/1.1 (400|408) /);
  });

  it("holds no more connections than it may, and goes on afterwards", async () => {
    const sockets = Array.from({ length: 100 }, () =>
      net.connect(port, "127.0.0.1").on("error", () => undefined),
    );
    await Promise.all(sockets.map((socket) => once(socket, "connect").catch(() => undefined)));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const open = sockets.filter((socket) => !socket.destroyed).length;
    for (const socket of sockets) socket.destroy();
    assert.ok(open <= 40, String(open));
    await until(() => test.call(getStatus, {}).catch(() => undefined));
  });

  it("answers the user while a stranger holds as many connections as there may be", async () => {
    const hold = () => {
      const socket = net.connect(port, "127.0.0.1").on("error", () => undefined);
      socket.write("GET /api/status HTTP/1.1\r\nHost: ");
      return socket;
    };
    const held = Array.from({ length: 60 }, hold);
    await Promise.all(held.map((socket) => once(socket, "connect").catch(() => undefined)));
    // Each one that is closed comes back.
    for (const socket of held)
      socket.on("close", () => {
        if (holding) held.push(hold());
      });
    let holding = true;
    for (let n = 0; n < 5; n++) await test.call(getStatus, {});
    holding = false;
    for (const socket of held) socket.destroy();
  });

  it("holds no more sockets than it may", async () => {
    const connect = () =>
      io(test.daemon.url, {
        transports: ["websocket"],
        reconnection: false,
        extraHeaders: { authorization: `Bearer ${token}`, origin: test.daemon.url },
      });
    const clients = [connect(), connect(), connect()];
    await Promise.all(clients.map((client) => new Promise<void>((resolve) => client.on("connect", resolve))));
    const refused = connect();
    await new Promise<void>((resolve) => refused.on("connect_error", () => resolve()));
    assert.equal(refused.connected, false);
    for (const client of [...clients, refused]) client.disconnect();
  });

  it("stays answerable and small under 100,000 tiny requests of a stranger", async function () {
    // Bounded by the processor alone.
    this.timeout(300_000);
    const before = keptBytes();
    const request = `GET /api/status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
    const [total, perConnection] = [100_000, 500];
    const batch = `${request}\r\n`.repeat(perConnection - 1) + `${request}Connection: close\r\n\r\n`;
    let sent = 0;
    const startedAt = performance.now();
    const seen = { unauthorized: 0, tooMany: 0 };
    const flood = async () => {
      while (sent < total) {
        sent += perConnection;
        const answer = await talk(batch);
        seen.unauthorized += answer.split("HTTP/1.1 401 ").length - 1;
        seen.tooMany += answer.split("HTTP/1.1 429 ").length - 1;
      }
    };
    const known = async () => {
      const statuses: number[] = [];
      while (sent < total) {
        statuses.push((await test.ask(...withToken(listAnalyses, {}, token))).status);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      return statuses;
    };
    const [statuses] = await Promise.all([known(), ...Array.from({ length: 8 }, flood)]);
    // As many as the rate allows got through to be told that they are unknown.
    const allowed = 200 + ((performance.now() - startedAt) / 1000) * 10;
    assert.ok(seen.unauthorized <= allowed, `${seen.unauthorized} of ${allowed}`);
    assert.ok(seen.tooMany > seen.unauthorized, JSON.stringify(seen));
    assert.deepEqual([...new Set(statuses)], [200]);
    const grown = keptBytes() - before;
    assert.ok(grown < 30_000_000, `${Math.round(grown / 1e6)} MB more`);
  });

  it("slows down whoever has the token and asks without pause", async () => {
    const statuses = new Set<number>();
    for (let n = 0; n < 60 && !statuses.has(429); n += 1) {
      const round = Array.from({ length: 25 }, async () => {
        const headers = { authorization: `Bearer ${token}` };
        // One that came through no connection was held back as well.
        const response = await test.ask("/api/nothing", { headers }).catch(() => undefined);
        if (response !== undefined) statuses.add(response.status);
        await response?.text();
      });
      await Promise.all(round);
    }
    assert.deepEqual([...statuses].toSorted(), [404, 429]);
  });
});
