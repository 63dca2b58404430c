import assert from "node:assert/strict";
import net from "node:net";
import { readFile, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { endpoints } from "../../shared/protocol/endpoints.ts";
import { toHttp, type Endpoint, type FileEndpoint } from "../../shared/protocol/endpoint.ts";
import { grantRoot, listFolder, probeMedia } from "../../shared/protocol/media.ts";
import { startAnalysis } from "../../shared/protocol/analyses.ts";
import { addOrigin, createCode, createSession, getStatus } from "../../shared/protocol/system.ts";
import { rawRequest, type RawReply, type RawRequest } from "../integration/rawRequest.ts";
import { startTestDaemon, withToken, type TestDaemon } from "../integration/testDaemon.ts";
import { wellFormed } from "./wellFormed.ts";

const id = "0b2f4a6e-9d0c-4c55-8f0a-2f3f2b1c9a11";
const requests: Readonly<Record<string, Record<string, unknown>>> = wellFormed({
  ...{ id, folder: "/", study: "s1", participant: "p1", session: "s1" },
});
const routes: [string, Endpoint | FileEndpoint][] = Object.entries(endpoints);

describe("attacks on the server", () => {
  let test: TestDaemon;
  let token: string;
  let port: number;
  before(async function () {
    this.timeout(180_000);
    // Its own suite (limits.test.ts) tries the rate; here every route is asked some twenty times.
    test = await startTestDaemon({ config: { limits: { requestsBurst: 100_000 } } });
    token = test.daemon.token.reveal();
    port = Number(new URL(test.daemon.url).port);
  });
  after(() => test[Symbol.asyncDispose]());

  const raw = (
    headers: Record<string, string>,
    options: Omit<RawRequest, "port" | "headers"> = {},
  ): Promise<RawReply> => rawRequest({ port, headers, target: "/api/status", ...options });
  const host = () => ({ host: `127.0.0.1:${port}` });
  const bearer = () => ({ authorization: `Bearer ${token}` });
  const upgrade = (headers: Record<string, string>) =>
    raw(
      {
        ...host(),
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        ...headers,
      },
      { target: "/socket.io/?EIO=4&transport=websocket" },
    );
  const ownOrigin = () => ({ origin: test.daemon.url });

  for (const name of [
    "evil.example",
    "localhost",
    "localtest.me",
    "127.0.0.1",
    "127.0.0.1.evil.example",
    "[::1]",
  ]) {
    it(`S1 refuses Host: ${name}, also with the token`, async () => {
      for (const value of [name, `${name}:${port + 1}`]) {
        assert.equal((await raw({ host: value, ...bearer() })).status, 403);
        assert.equal((await upgrade({ host: value, ...bearer(), ...ownOrigin() })).status, 403);
      }
    });
  }
  it("S1 refuses a localhost name with the right port", async () => {
    assert.equal((await raw({ host: `localhost:${port}`, ...bearer() })).status, 403);
    assert.equal((await raw({ host: `evil.example:${port}`, ...bearer() })).status, 403);
  });

  const foreign = ["https://evil.example", "null", "file://", "http://127.0.0.1", "vscode-webview://unknown"];
  for (const origin of foreign) {
    it(`S2 refuses a socket from Origin ${origin}`, async () => {
      assert.equal((await upgrade({ ...bearer(), origin })).status, 403);
    });
  }
  it("S2 refuses a socket without an Origin", async () => {
    assert.equal((await upgrade(bearer())).status, 403);
  });
  it("S2 admits a socket with the right Origin and the token, on its one path only", async () => {
    assert.equal((await upgrade({ ...bearer(), ...ownOrigin() })).status, 101);
    const elsewhere = await raw(
      { ...host(), ...bearer(), ...ownOrigin(), connection: "Upgrade", upgrade: "websocket" },
      { target: "/api/status" },
    );
    assert.equal(elsewhere.status, 404);
  });

  const wrongTokens = () => [
    "",
    "x",
    token.slice(0, -1),
    `${token}x`,
    token.toUpperCase(),
    "a".repeat(token.length),
  ];
  for (const [name, endpoint] of routes) {
    it(`S3 wants the token on ${name}`, async () => {
      const { method, path: target, body } = toHttp(endpoint, requests[name]!);
      const json = { "content-type": "application/json" };
      const send = (headers: Record<string, string>) =>
        test.ask(target, { method, headers: { ...json, ...headers }, ...(body !== undefined && { body }) });
      assert.equal((await send({})).status, 401);
      for (const wrong of wrongTokens()) {
        assert.equal((await send({ authorization: `Bearer ${wrong}` })).status, 401);
        assert.equal((await send({ cookie: `edin_${port}=${wrong}` })).status, 401);
      }
      // Neither in another place nor in another writing.
      assert.equal((await send({ authorization: token })).status, 401);
      assert.equal((await send({ cookie: `edin_${port}=${token}` })).status, 401);
      const glue = target.includes("?") ? "&" : "?";
      const inQuery = { method, headers: json, ...(body !== undefined && { body }) };
      assert.equal((await test.ask(`${target}${glue}token=${token}`, inQuery)).status, 401);
    });
  }
  it("S3 wants it on the document, the assets, the page and unknown paths", async () => {
    for (const target of ["/api/openapi.json", "/assets/main.js", "/", "/favicon.ico", "/api", "/socket.io/"])
      assert.equal((await test.ask(target)).status, 401, target);
  });
  it("S3 wants it on the socket", async () => {
    assert.equal((await upgrade(ownOrigin())).status, 401);
    for (const wrong of wrongTokens().slice(1))
      assert.equal((await upgrade({ ...ownOrigin(), authorization: `Bearer ${wrong}` })).status, 401);
  });

  for (const origin of [
    "https://localhost.evil.example",
    "http://127.0.0.1.evil",
    "http://127.0.0.1@evil.example",
    "http://evil.example/http://127.0.0.1",
  ]) {
    it(`S4 refuses Origin ${origin}`, async () => {
      for (const value of [origin, `${origin}:${port}`]) {
        const answer = await raw({ ...host(), ...bearer(), origin: value });
        assert.equal(answer.status, 403);
        assert.equal(answer.headers["access-control-allow-origin"], undefined);
      }
    });
  }
  it("S4 answers a webview's origin once the extension has named it, and only that one", async () => {
    const origin = "vscode-webview://0abc-1";
    const preflight = { method: "OPTIONS" };
    assert.equal((await raw({ ...host(), origin }, preflight)).status, 403);
    await test.call(addOrigin, { origin });
    const allowed = await raw({ ...host(), origin }, preflight);
    assert.deepEqual([allowed.status, allowed.headers["access-control-allow-origin"]], [204, origin]);
    assert.equal(allowed.headers["access-control-allow-credentials"], undefined);
    assert.equal((await raw({ ...host(), origin: `${origin}2` }, preflight)).status, 403);
    assert.equal((await raw({ ...host(), origin })).status, 401);
  });

  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "",
  ]) {
    it(`S5 refuses a POST of type "${type}"`, async () => {
      const answer = await raw(
        { ...host(), ...bearer(), ...(type && { "content-type": type }) },
        { method: "POST", target: "/api/roots", body: '{"path":"/"}' },
      );
      assert.equal(answer.status, 415);
    });
  }
  it("S5 does not take a page of another local port for its own, cookie or not", async () => {
    const { url } = await test.call(createCode, {});
    const cookie = await signIn(url);
    assert.equal((await raw({ ...host(), cookie, "sec-fetch-site": "same-origin" })).status, 200);
    assert.equal((await raw({ ...host(), cookie, "sec-fetch-site": "same-site" })).status, 401);
    assert.equal((await raw({ ...host(), cookie, "sec-fetch-site": "cross-site" })).status, 401);
    assert.equal((await raw({ ...host(), cookie })).status, 401);
    assert.equal((await raw({ ...host(), cookie, origin: `http://127.0.0.1:${port + 1}` })).status, 403);
  });

  const signIn = async (url: string): Promise<string> => {
    const code = new URLSearchParams(new URL(url).hash.slice(1)).get("code") ?? "";
    const response = await test.ask(createSession.path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    });
    assert.equal(response.status, 200, await response.text());
    return response.headers.getSetCookie()[0]!.split(";")[0]!;
  };

  it("S3 lets a page in by a code that works once, with a cookie that no script reads and that widens nothing", async () => {
    const { url } = await test.call(createCode, {});
    assert.ok(url.startsWith(`${test.daemon.url}/#code=`));
    const code = url.split("=")[1]!;
    const exchange = () =>
      test.ask(createSession.path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ code }),
      });
    const first = await exchange();
    const cookie = first.headers.getSetCookie()[0] ?? "";
    assert.match(cookie, new RegExp(`^edin_${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));
    assert.ok(!cookie.includes(token) && !cookie.includes(code));
    assert.equal((await exchange()).status, 401);
    const session = { ...host(), cookie: cookie.split(";")[0]!, "sec-fetch-site": "same-origin" };
    assert.equal((await raw(session)).status, 200);
    const widen = await raw(
      { ...session, "content-type": "application/json" },
      { method: "POST", target: "/api/roots", body: '{"path":"/"}' },
    );
    assert.equal(widen.status, 403);
  });

  it("S6 keeps the token out of logs, replies and failures", async () => {
    const broken = path.join(test.place.dataDir, "not-a-folder");
    await writeFile(broken, "x");
    const replies = [
      // A crash inside the daemon: a folder that is none.
      await (await test.ask(...withToken(grantRoot, { path: broken }, token))).text(),
      await (await test.ask(`/api/${token}?x=${token}`, { headers: bearer() })).text(),
      await (
        await test.ask("/api/roots", {
          headers: { ...bearer(), "content-type": "application/json" },
          method: "POST",
          body: `{"${token}`,
        })
      ).text(),
      await (await test.ask("/", { headers: bearer() })).text(),
      JSON.stringify(await test.call(getStatus, {})),
    ];
    for (const text of [...replies, ...test.lines]) assert.ok(!text.includes(token), text);
    assert.ok(!process.argv.join(" ").includes(token));
    assert.ok(!JSON.stringify(process.env).includes(token));
  });
  it("S6 answers an unknown error as `internal`, with its text in the log only", async () => {
    const service = test.daemon.service as { count: () => Promise<{ queued: number; running: number }> };
    const { count } = service;
    service.count = () => Promise.reject(new Error(`secret ${token} inside`));
    const response = await test.ask(...withToken(getStatus, {}, token));
    service.count = count;
    assert.equal(response.status, 500);
    assert.ok(!(await response.text()).includes("secret"));
    assert.ok(test.lines.some((line) => line.includes("secret [hidden] inside")));
  });

  it("S7 writes the token for its owner only, random, anew at each start, and removes it at the end", async () => {
    const file = path.join(test.place.dataDir, "daemon.json");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(test.place.dataDir)).mode & 0o077, 0);
    const { token: written } = JSON.parse(await readFile(file, "utf8")) as { token: string };
    assert.equal(written, token);
    assert.equal(Buffer.from(written, "base64url").length, 32);
    const other = await startTestDaemon();
    assert.notEqual(other.daemon.token.reveal(), token);
    const otherFile = path.join(other.place.dataDir, "daemon.json");
    await other.daemon[Symbol.asyncDispose]();
    await assert.rejects(stat(otherFile));
    await other.place[Symbol.asyncDispose]();
  });

  it("S8 never redirects, and tells no other site where it was called from", async () => {
    for (const target of [
      "//evil.example",
      "/assets",
      "/api/analyses/",
      "/?url=https://evil.example",
      "/\\evil.example",
    ]) {
      const answer = await raw({ ...host(), ...bearer() }, { target });
      assert.ok(answer.status < 300 || answer.status >= 400, `${target}: ${answer.status}`);
      assert.equal(answer.headers.location, undefined);
      assert.equal(answer.headers["referrer-policy"], "no-referrer");
    }
  });

  const outside: [string, (clips: string) => string][] = [
    ["a parent", (clips) => `${clips}/../daemon.json`],
    ["an absolute path", () => "/etc/passwd"],
    ["an encoded parent", (clips) => `${clips}/%2e%2e/daemon.json`],
    ["a NUL", (clips) => `${clips}/clip.mp4\0`],
    ["a UNC path", () => "\\\\evil.example\\share\\clip.mp4"],
    ["a link", (clips) => `${clips}/link.mp4`],
  ];
  for (const [name, of] of outside) {
    it(`S9 refuses ${name} as a clip and as a folder`, async () => {
      await symlink(path.join(test.place.dataDir, "daemon.json"), path.join(test.clips, "link.mp4")).catch(
        () => 0,
      );
      const asked = of(test.clips);
      for (const [target, init] of [
        withToken(startAnalysis, { mediaPath: asked }, token),
        withToken(probeMedia, { path: asked }, token),
        withToken(listFolder, { path: asked }, token),
      ] as const) {
        const response = await test.ask(target, init);
        // A NUL is no text for any field; see texts.test.ts.
        const code = asked.includes("\0") ? "invalid_request" : "invalid_path";
        assert.deepEqual([response.status, ((await response.json()) as { code: string }).code], [400, code]);
      }
    });
  }
  it("S9 reads no file outside through ids, export names and assets", async () => {
    for (const target of [
      "/assets/../../package.json",
      "/assets/%2e%2e/%2e%2e/package.json",
      "/assets/..%2f..%2fpackage.json",
      "/assets/%00",
      "/api/analyses/..%2f..%2fdaemon/result",
      `/api/analyses/${id}/exports/..%2f..%2f..%2fdaemon.json`,
      `/api/analyses/%2e%2e/media`,
    ]) {
      const answer = await raw({ ...host(), ...bearer() }, { target });
      assert.ok(answer.status === 400 || answer.status === 404, `${target}: ${answer.status}`);
      assert.ok(!answer.body.includes(token) && !answer.body.includes('"dependencies"'));
    }
  });

  for (const url of [
    "http://127.0.0.1:1/a.mp4",
    "https://evil.example/a.mp4",
    "file:///etc/passwd",
    "rtsp://evil/a",
    "data:,x",
  ]) {
    it(`S11 fetches nothing for ${url}`, async () => {
      for (const [target, init] of [
        withToken(startAnalysis, { mediaPath: url }, token),
        withToken(probeMedia, { path: url }, token),
      ] as const)
        assert.equal((await test.ask(target, init)).status, 400);
    });
  }
  it("S11 does not call an address that a request names", async () => {
    let called = 0;
    const trap = net.createServer((socket) => {
      called += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => trap.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(trap.address() as net.AddressInfo).port}/a.mp4`;
    await test.ask(...withToken(probeMedia, { path: url }, token));
    await test.ask(...withToken(startAnalysis, { mediaPath: `${test.clips}/${url}` }, token));
    await new Promise((resolve) => trap.close(resolve));
    assert.equal(called, 0);
  });

  it("gives every answer headers that forbid guessing, framing and caching", async () => {
    for (const [target, headers] of [
      ["/api/status", {}],
      ["/", {}],
      ["/", bearer()],
      ["/api/status", bearer()],
    ] as const) {
      const answer = await raw({ ...host(), ...headers }, { target });
      assert.equal(answer.headers["x-content-type-options"], "nosniff");
      assert.equal(answer.headers["cache-control"], "no-store");
      assert.match(
        String(answer.headers["content-security-policy"]),
        /^default-src 'none'.*frame-ancestors 'none'/,
      );
      assert.equal(answer.headers["x-powered-by"], undefined);
    }
  });
  it("serves the page with a nonce that no other answer has", async () => {
    const nonces = new Set<string>();
    for (let n = 0; n < 3; n += 1) {
      const answer = await raw({ ...host(), ...bearer() }, { target: "/" });
      assert.equal(answer.status, 200);
      const [, nonce] =
        /script-src 'nonce-([^']+)'/.exec(String(answer.headers["content-security-policy"])) ?? [];
      assert.ok(nonce !== undefined && answer.body.includes(`nonce="${nonce}"`));
      assert.ok(!String(answer.headers["content-security-policy"]).includes("unsafe"));
      nonces.add(nonce);
    }
    assert.equal(nonces.size, 3);
  });
});
