import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseConfig } from "../../../daemon/analysis/config.ts";
import { readLines } from "../../../daemon/analysis/exports/write.ts";
import { LiveResults } from "../../../daemon/analysis/live/results.ts";
import { frameLineSchema } from "../../../shared/protocol/results.ts";
import { sampleAnalysis, sampleFace, sampleLine } from "./samples.ts";

describe("results of a live session", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), "edin-"));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it("are in order when frames come while the early ones are written", async () => {
    await using results = await LiveResults.create(dir);
    const frame = (i: number) =>
      results.frame({ line: sampleLine(i, i * 40, [sampleFace(1)]), cut: false, events: [] });
    for (let i = 0; i < 5; i++) await frame(i);
    const begun = results.begin(80);
    await frame(5);
    await begun;
    const { id, pipeline, media, device, models, versions, run } = sampleAnalysis;
    const analysis = await results.finish({
      ...{ id, pipeline, media, device, models, versions, config: parseConfig({}) },
      run: { startedAt: new Date(), stages: run.stages },
      ...{ hears: false, facesWithoutClip: 0, notes: [] },
    });
    assert.equal(analysis.summary.frames, 4);
    const lines = [];
    for await (const { index, timeMs } of readLines(path.join(dir, "frames.jsonl"), frameLineSchema))
      lines.push([index, timeMs]);
    assert.deepEqual(
      lines,
      [0, 1, 2, 3].map((i) => [i, i * 40]),
    );
  });
});
