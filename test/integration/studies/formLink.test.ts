import assert from "node:assert/strict";
import {
  answerForm,
  answerOwnForm,
  completeOwnForm,
  consentOwnForm,
  createFormLink,
  getOwnForm,
  openOwnForm,
} from "../../../shared/protocol/beqForm.ts";
import { toHttp, type Endpoint, type FileEndpoint } from "../../../shared/protocol/endpoint.ts";
import { endpoints } from "../../../shared/protocol/endpoints.ts";
import { deleteParticipant } from "../../../shared/protocol/studyRoutes.ts";
import { rawRequest, type RawReply, type RawRequest } from "../rawRequest.ts";
import { startTestDaemon, withToken, type TestDaemon } from "../testDaemon.ts";
import { makeStudy } from "./study.ts";

const id = "0b2f4a6e-9d0c-4c55-8f0a-2f3f2b1c9a11";
const routes: [string, Endpoint | FileEndpoint][] = Object.entries(endpoints);

describe("the link of a form, attacked", () => {
  let test: TestDaemon;
  let port: number;
  let made: Awaited<ReturnType<typeof makeStudy>>;
  before(async function () {
    this.timeout(180_000);
    test = await startTestDaemon();
    port = Number(new URL(test.daemon.url).port);
  });
  after(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    made = await makeStudy(test);
  });

  const raw = (
    target: string,
    headers: Record<string, string>,
    options: Pick<RawRequest, "method" | "body"> = {},
  ): Promise<RawReply> => {
    const usual = { host: `127.0.0.1:${port}`, "content-type": "application/json" };
    return rawRequest({ port, target, headers: { ...usual, ...headers }, ...options });
  };
  const call = (
    route: Endpoint | FileEndpoint,
    request: Record<string, unknown>,
    headers: Record<string, string>,
  ) => {
    const { method, path, body } = toHttp(route, request);
    return raw(path, headers, { method, ...(body !== undefined && { body }) });
  };
  const codeOf = async (session: string): Promise<string> => {
    const { url } = await test.call(createFormLink, { session });
    assert.ok(url.startsWith(`${test.daemon.url}/form#code=`));
    return url.split("=")[1]!;
  };
  const cookieOf = async (code: string): Promise<string> => {
    const answer = await call(openOwnForm, { code }, {});
    assert.equal(answer.status, 200, answer.body);
    return answer.headers["set-cookie"]![0]!;
  };
  /** What a browser sends from the form's own page. */
  const page = (cookie: string) => ({ cookie: cookie.split(";")[0]!, "sec-fetch-site": "same-origin" });

  it("lets one browser in, once, with a cookie that no script reads", async () => {
    const code = await codeOf(made.first);
    const cookie = await cookieOf(code);
    assert.match(
      cookie,
      new RegExp(`^edin_form_${port}=[\\w-]{43}; Path=/; Expires=[^;]+; HttpOnly; SameSite=Strict$`),
    );
    assert.ok(!cookie.includes(code));
    const again = await call(openOwnForm, { code }, {});
    assert.deepEqual([again.status, again.headers["set-cookie"]], [401, undefined]);
    assert.equal((await call(getOwnForm, {}, page(cookie))).status, 200);
  });

  it("opens no other route, page, socket, asset or document with the form's cookie", async () => {
    const cookie = await cookieOf(await codeOf(made.first));
    const headers = page(cookie);
    const others = routes.filter(([, { access }]) => access !== "form" && access !== "code");
    assert.ok(others.length > 40);
    for (const [name, route] of others) {
      // With what is really there, so that a hole would show.
      const request = {
        id,
        ...made,
        session: made.first,
        participant: "p1",
        analysis: id,
        item: 1,
        answer: 7,
      };
      const answer = await call(route, request, headers);
      assert.ok([401, 403].includes(answer.status), `${name}: ${answer.status}`);
    }
    for (const target of [
      "/api/openapi.json",
      "/assets/main.js",
      "/assets/main.css",
      "/api",
      "/api/form/../status",
    ])
      assert.equal((await raw(target, headers)).status, 401, target);
    for (const target of [
      "/assets/form/../main.js",
      "/assets/form/%2e%2e/main.js",
      "/assets/form/..",
      "/api/form/x",
    ]) {
      const answer = await raw(target, headers);
      assert.ok(answer.status >= 400 && !answer.body.includes("function"), `${target}: ${answer.status}`);
    }
    const home = await raw("/", headers);
    assert.ok(home.status === 401 && !home.body.includes("main.js"));
    const socket = await raw("/socket.io/?EIO=4&transport=websocket", {
      ...headers,
      origin: test.daemon.url,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    });
    assert.equal(socket.status, 401);
    // Nor as a session, nor as the token.
    const secret = headers.cookie.split("=")[1]!;
    for (const other of [{ cookie: `edin_${port}=${secret}` }, { authorization: `Bearer ${secret}` }])
      assert.equal((await raw("/api/status", { ...headers, ...other })).status, 401);
  });

  it("is opened by nothing but its own cookie: no token, no session, no other form, no foreign page", async () => {
    const [first, second] = [
      await cookieOf(await codeOf(made.first)),
      await cookieOf(await codeOf(made.second)),
    ];
    await call(consentOwnForm, { version: "1" }, page(first));
    await call(answerOwnForm, { item: 1, answer: 7 }, page(first));
    const other = JSON.parse((await call(getOwnForm, {}, page(second))).body) as {
      form: { answers: unknown[] };
    };
    assert.equal(other.form.answers[0], null);
    for (const route of [getOwnForm, completeOwnForm]) {
      assert.equal((await test.ask(...withToken(route, {}, test.daemon.token.reveal()))).status, 401);
      const { cookie } = page(first);
      for (const site of ["same-site", "cross-site"])
        assert.equal((await call(route, {}, { cookie, "sec-fetch-site": site })).status, 401);
      assert.equal((await call(route, {}, { cookie })).status, 401);
      const foreign = { ...page(first), origin: `http://127.0.0.1:${port + 1}` };
      assert.equal((await call(route, {}, foreign)).status, 403);
      assert.equal((await call(route, {}, { ...page(first), cookie: `${cookie}x` })).status, 401);
    }
    const form = { ...page(first), "content-type": "text/plain" };
    assert.equal((await call(consentOwnForm, { version: "1" }, form)).status, 415);
  });

  it("ends when the form is completed, when another link is made, and when the participant is deleted", async () => {
    const first = await cookieOf(await codeOf(made.first));
    await call(consentOwnForm, { version: "1" }, page(first));
    await call(answerOwnForm, { item: 1, answer: 7 }, page(first));
    const renewed = await cookieOf(await codeOf(made.first));
    assert.equal((await call(getOwnForm, {}, page(first))).status, 401);
    assert.equal((await call(completeOwnForm, {}, page(renewed))).status, 200);
    assert.equal((await call(getOwnForm, {}, page(renewed))).status, 401);
    assert.equal((await call(answerOwnForm, { item: 1, answer: 1 }, page(renewed))).status, 401);
    assert.equal((await raw("/form", page(renewed))).status, 401);

    const unused = await codeOf(made.second);
    const second = await cookieOf(await codeOf(made.second));
    assert.equal((await call(openOwnForm, { code: unused }, {})).status, 401);
    await test.call(deleteParticipant, { study: made.study, participant: "p2" });
    assert.equal((await call(getOwnForm, {}, page(second))).status, 401);
  });

  it("tells the participant's page neither a pseudonym nor the study, and its secrets stand in no log", async () => {
    const code = await codeOf(made.first);
    const cookie = await cookieOf(code);
    const html = await raw("/form", page(cookie));
    assert.equal(html.status, 200);
    assert.match(String(html.headers["content-security-policy"]), /^default-src 'none'; script-src 'nonce-/);
    const form = await call(getOwnForm, {}, page(cookie));
    for (const text of [html.body, form.body, (await raw("/form", {})).body])
      for (const secret of [
        "Pilot",
        '"p1"',
        made.study,
        made.first,
        code,
        page(cookie).cookie.split("=")[1]!,
      ])
        assert.ok(!text.includes(secret), secret);
    for (const line of test.lines) assert.ok(!line.includes(code));
  });

  it("keeps each acknowledged answer although the daemon ends, and the open page goes on after its restart", async () => {
    const place = test.place;
    const cookie = await cookieOf(await codeOf(made.first));
    await call(consentOwnForm, { version: "1" }, page(cookie));
    await test.call(answerForm, { session: made.first, item: 1, answer: 6 });
    await call(answerOwnForm, { item: 2, answer: 3 }, page(cookie));
    await test.daemon[Symbol.asyncDispose]();
    test = await startTestDaemon({ place, config: { port } });
    const { body, status } = await call(getOwnForm, {}, page(cookie));
    assert.equal(status, 200);
    assert.deepEqual((JSON.parse(body) as { form: { answers: unknown[] } }).form.answers.slice(0, 3), [
      6,
      3,
      null,
    ]);
    await test.daemon[Symbol.asyncDispose]();
    test = await startTestDaemon();
    port = Number(new URL(test.daemon.url).port);
    await place[Symbol.asyncDispose]();
  });
});
