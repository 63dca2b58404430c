import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createLog } from "../../../daemon/log.ts";
import { inProcess } from "../../../daemon/jobs/inProcess.ts";
import { trainingEnded } from "../../../daemon/training/trainingProcess.ts";

describe("the words of a process that trains", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-words-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function wordsOf(program: string): Promise<{ lines: string[]; result: Promise<unknown> }> {
    const file = path.join(folder, "program.mjs");
    await writeFile(file, program);
    const lines: string[] = [];
    const log = createLog("info", (line) => void lines.push(line));
    const { signal } = new AbortController();
    const signals = { signal, enough: signal, log, ended: trainingEnded };
    const result = inProcess<unknown>(file, {}, signals, (told, end) => end.resolve(told));
    await result.catch(() => undefined);
    return { lines, result };
  }

  it("has what it says on stderr in the log of its job", async () => {
    const { lines, result } = await wordsOf(
      `process.stderr.write("a library warns\\n", () => process.send({ done: true }));`,
    );
    assert.deepEqual(await result, { done: true });
    assert.ok(lines.some((line) => line.includes("a library warns")));
  });

  it("has its last words there too when it ends in the middle", async () => {
    const { lines, result } = await wordsOf(`process.stderr.write("out of luck\\n"); process.exitCode = 3;
      process.disconnect();`);
    await assert.rejects(result);
    assert.ok(lines.some((line) => line.includes("out of luck")));
  });
});
