import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { writeExport } from "../../../daemon/results/exports/write.ts";
import { readAnalysis } from "../../../daemon/results/readResult.ts";
import { isAppError, type ErrorCode } from "../../../shared/errors.ts";
import { syntheticAnalysis, syntheticFrames } from "../../support/syntheticResult.ts";

const options = { id: "0b2f4a6e-9d0c-4c55-8f0a-2f3f2b1c9a11", durationMs: 400 };
const whole = JSON.stringify(syntheticAnalysis(options));
const lines = syntheticFrames(options).map((line) => JSON.stringify(line));

describe("result files that are not what EDIN wrote", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-damaged-"));
    await write("analysis.json", whole);
    await write("frames.jsonl", `${lines.join("\n")}\n`);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const write = (name: string, text: string) => writeFile(path.join(folder, name), text);
  const fails = (work: Promise<unknown>, code: ErrorCode) =>
    assert.rejects(work, (error) => {
      assert.ok(isAppError(error, code), String(error));
      assert.match(error.message, /Analyse the clip again|edin analyze/);
      return true;
    });
  const exported = async (name: "frames.csv" | "events.csv") => {
    for await (const piece of writeExport(folder, name)) assert.equal(typeof piece, "string");
  };

  for (const [what, text] of [
    ["cut off", whole.slice(0, 100)],
    ["of another program", '{"hello": 1}'],
    ["empty", ""],
    ["with a value that cannot be", whole.replace('"durationMs":400', '"durationMs":"long"')],
  ] as const)
    it(`say so: analysis.json ${what}`, async () => {
      await write("analysis.json", text);
      await fails(readAnalysis(folder), "result_damaged");
      await fails(exported("events.csv"), "result_damaged");
    });

  for (const [what, line] of [
    ["cut off", lines[2]!.slice(0, 300)],
    ["with another shape", '{"timeMs":80,"faces":[{"track":1}]}'],
  ] as const)
    it(`say so: a line of frames.jsonl ${what}`, async () => {
      await write("frames.jsonl", `${[...lines.slice(0, 2), line, ...lines.slice(3)].join("\n")}\n`);
      await fails(exported("frames.csv"), "result_damaged");
    });

  it("and one that is gone is told as gone", async () => {
    await rm(path.join(folder, "analysis.json"));
    await fails(readAnalysis(folder), "not_found");
  });
});
