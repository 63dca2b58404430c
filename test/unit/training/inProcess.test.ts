import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { inProcess } from "../../../daemon/jobs/inProcess.ts";
import { trainingEnded } from "../../../daemon/training/trainingProcess.ts";
import { TrainingTold } from "../../../daemon/training/trainingTold.ts";
import { isAppError, toAppError } from "../../../shared/errors.ts";

describe("a process that trains", () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(path.join(os.tmpdir(), "edin-training-"))));
  after(() => rm(folder, { recursive: true }));
  const never = new AbortController().signal;
  const run = async (program: string, take: Parameters<typeof inProcess<string>>[3]) => {
    const file = path.join(folder, "program.mjs");
    await writeFile(file, `process.on("message", () => { ${program} });`);
    return inProcess<string>(file, {}, { signal: never, enough: never, ended: trainingEnded }, take);
  };

  it("ends with what it told last", async () => {
    const end = await run(`process.send("told")`, (message, { resolve }) => resolve(String(message)));
    assert.equal(end, "told");
  });

  it("whose news cannot be written down fails with the disk's reason, and ends nobody else", async () => {
    const event = { type: "note", note: "nothing" } as const;
    const told = new TrainingTold("/dev/full", { from: "a", to: "b" }, () => undefined);
    await assert.rejects(
      run(`process.send("told"); process.send("told")`, () => told.hear(event)),
      (error) => isAppError(toAppError(error), "disk_full"),
    );
  });

  it("that dies in the middle says what to do", async () => {
    await assert.rejects(
      run(`process.exit(3)`, () => undefined),
      (error) => isAppError(error, "interrupted"),
    );
  });
});
