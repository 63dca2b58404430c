import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { readLines, writeExport } from "../../../daemon/results/exports/write.ts";
import { ResultFiles } from "../../../daemon/results/resultFiles.ts";
import { isAppError } from "../../../shared/errors.ts";
import { exportNameSchema, type ExportName } from "../../../shared/protocol/analyses.ts";
import { frameLineSchema } from "../../../shared/protocol/results.ts";
import { sampleAnalysis, sampleFace, sampleLine } from "./samples.ts";

const all = ["analysis.json", "frames.jsonl", "fused.jsonl", "mel.jsonl", "speech.jsonl"];

describe("result files", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), "edin-"));
  });
  afterEach(() => rm(dir, { recursive: true }));

  async function writeSample(frames: number): Promise<string> {
    await using files = await ResultFiles.create(dir);
    for (let i = 0; i < frames; i++)
      await files.write("frames.jsonl", sampleLine(i, i * 40, [sampleFace(1)]));
    const hash = await files.seal();
    await files.commit({ ...sampleAnalysis, resultSha256: hash });
    return hash;
  }

  it("are all there after a commit, and only they", async () => {
    await writeSample(300);
    assert.deepEqual((await readdir(dir)).sort(), all);
    let lines = 0;
    for await (const line of readLines(path.join(dir, "frames.jsonl"), frameLineSchema))
      assert.equal(line.index, lines++);
    assert.equal(lines, 300);
  });

  it("have a hash that repeats and that sees every byte", async () => {
    const hash = await writeSample(20);
    assert.equal(await writeSample(20), hash);
    assert.notEqual(await writeSample(21), hash);
  });

  it("leave nothing behind without a commit, and the earlier results alone", async () => {
    await writeSample(3);
    const before = await readFile(path.join(dir, "frames.jsonl"), "utf8");
    {
      await using files = await ResultFiles.create(dir);
      await files.write("frames.jsonl", sampleLine(9, 9, []));
      await files.seal();
    }
    assert.deepEqual((await readdir(dir)).sort(), all);
    assert.equal(await readFile(path.join(dir, "frames.jsonl"), "utf8"), before);
  });

  it("are refused in a folder that cannot be made", async () => {
    await writeFile(path.join(dir, "file"), "");
    await assert.rejects(ResultFiles.create(path.join(dir, "file", "out")), (e) =>
      isAppError(e, "invalid_path"),
    );
  });

  const starts: Partial<Record<ExportName, string>> = {
    "frames.csv": "clip,index,timeMs,state,track,",
    "speech.csv": "clip,startMs,endMs,state,",
    "fused.csv": "clip,timeMs,track,state,",
    "events.csv": "clip,kind,track,startMs,",
    "blinks.csv": "clip,track,untilMs,blinksPerMinute\n",
    "states.csv": "clip,person,track,source,emotion,startMs,endMs\n",
    "turns.csv": "clip,voice,person,participant,track,startMs,endMs\n",
    "annotations.eaf": '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT ',
  };
  for (const name of exportNameSchema.options) {
    it(`are exported as ${name}`, async () => {
      await writeSample(5);
      let whole = "";
      for await (const part of writeExport(dir, name)) whole += part;
      const start = starts[name];
      if (start === undefined) assert.equal(whole, await readFile(path.join(dir, name), "utf8"));
      else assert.equal(whole.slice(0, start.length), start);
    });
  }

  it("are not exported from a folder without a finished analysis", async () => {
    await assert.rejects(writeExport(dir, "events.csv").next(), (e) => isAppError(e, "not_found"));
  });
});
