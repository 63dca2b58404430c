import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { readInterview } from "../../../shared/protocol/interview.ts";
import { importResponses } from "../../../shared/protocol/studyRoutes.ts";
import { itemColumns } from "../../../shared/beq/responseTable.ts";
import { databases } from "../databases.ts";
import { daemonOfSuite, quickRun, withToken, type TestDaemon } from "../testDaemon.ts";
import { makeStudy } from "./study.ts";

/** Each blocked the daemon for 4 to 60 seconds, or overflowed its stack. */
const most = 190_000;
const documents: [name: string, text: string][] = [
  ["many keys", Array.from({ length: most / 10 }, (_, k) => `k${k}: 1`).join("\n")],
  ["equal keys", "a: 1\n".repeat(most / 5)],
  ["brackets that close", "]".repeat(most)],
  ["commas", `[${",".repeat(most - 2)}]`],
];
const heading = `participant,${itemColumns.join(",")}`;
const tables: [name: string, text: string][] = [
  ["an answer of spaces", `${heading}\np1,1${" ".repeat(80_000)}x${",4".repeat(15)}\n`],
  ["single cells", "x\n".repeat(330_000)],
  ["short lines", `${heading}\n${"p1,1\n".repeat(130_000)}`],
  ["300,000 faulty cells", `${heading}\n${`p1${",x".repeat(16)}\n`.repeat(18_750)}`],
];

for (const database of databases.slice(0, 1))
  describe("files that were made to block the daemon", () => {
    let test: TestDaemon;
    daemonOfSuite(database, quickRun, (daemon) => (test = daemon));

    /** Longest time in which nothing else ran in the daemon's process while `work` did. */
    async function longestBlock(work: () => Promise<void>): Promise<number> {
      const delay = monitorEventLoopDelay({ resolution: 10 });
      delay.enable();
      await work();
      delay.disable();
      return delay.max / 1e6;
    }

    const send = async (
      ...[route, init]: ReturnType<typeof withToken>
    ): Promise<{ status: number; body: string }> => {
      const response = await test.ask(route, init);
      return { status: response.status, body: await response.text() };
    };

    for (const [name, text] of documents)
      it(`refuses an interview of ${name}, and answers others meanwhile`, async () => {
        const blocked = await longestBlock(async () => {
          const { status, body } = await send(
            ...withToken(readInterview, { text }, test.daemon.token.reveal()),
          );
          assert.equal(status, 400, body);
          assert.match(body, /invalid_interview/);
          assert.ok(body.length < 10_000, `${body.length} characters`);
        });
        // The machine of the tests may be busy; before, it was tens of seconds.
        assert.ok(blocked < 2000, `${blocked} ms`);
      }).timeout(60_000);

    for (const [name, text] of tables)
      it(`refuses a table of ${name}, and answers others meanwhile`, async () => {
        const { study } = await makeStudy(test);
        const data = Buffer.from(text).toString("base64");
        const blocked = await longestBlock(async () => {
          const { status, body } = await send(
            ...withToken(importResponses, { study, data }, test.daemon.token.reveal()),
          );
          assert.equal(status, 200, body);
          const { imported, problems } = importResponses.response.parse(JSON.parse(body));
          assert.equal(imported, 0);
          assert.ok(problems.length > 0 && problems.length <= 200);
        });
        assert.ok(blocked < 2000, `${blocked} ms`);
      }).timeout(60_000);
  });
