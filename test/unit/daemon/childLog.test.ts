import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { followWords } from "../../../daemon/childLog.ts";
import { createLog } from "../../../daemon/log.ts";
import { Secret } from "../../../daemon/secret.ts";

describe("the words of a child process", () => {
  it("become lines of the log of the job that it works for, whether it keeps a log or not", async () => {
    const lines: string[] = [];
    const log = createLog("info", (line) => lines.push(line));
    const secret = Secret.random();
    log.hide(secret);
    const stderr = new PassThrough();
    let job = "1";
    const ended = followWords(stderr, () => log.with({ job }));
    const child = createLog("debug", (line) => stderr.write(line));
    const step = () => new Promise((resolve) => setImmediate(resolve));
    child.info("began", { pid: 7 });
    child.debug("detail");
    await step();
    job = "2";
    stderr.write("terminate called after ");
    await step();
    stderr.write(`an instance of 'x' ${secret.reveal()}\n\n{"half": `);
    stderr.end();
    await ended;
    const said = lines.map((line) => {
      const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
      assert.ok(!Number.isNaN(Date.parse(String(time))));
      return rest;
    });
    const words = { level: "warn", event: "process_said", job: "2" };
    assert.deepEqual(said, [
      { level: "info", event: "began", job: "1", pid: 7 },
      { ...words, text: "terminate called after an instance of 'x' [hidden]" },
      { ...words, text: '{"half": ' },
    ]);
  });
});

describe("a log of a job", () => {
  it("carries its fields on every line, and is heard from info up whatever the level", () => {
    const written: string[] = [];
    const heard: string[] = [];
    const log = createLog("warn", (line) => written.push(line)).with({ job: "1" }, (line) =>
      heard.push(line),
    );
    log.debug("a");
    log.info("b");
    log.with({ run: 2 }).error("c");
    const events = (lines: string[]) =>
      lines.map((line) => {
        const { event, job, run } = JSON.parse(line) as Record<string, unknown>;
        return [event, job, run];
      });
    assert.deepEqual(events(written), [["c", "1", 2]]);
    assert.deepEqual(events(heard), [
      ["b", "1", undefined],
      ["c", "1", 2],
    ]);
  });
});
