import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseConfig } from "../../../daemon/analysis/config.ts";
import { readLines } from "../../../daemon/results/exports/write.ts";
import { LiveResults } from "../../../daemon/live/results.ts";
import type { SpeechStep } from "../../../daemon/pipelines/speech.ts";
import { melLineSchema } from "../../../shared/protocol/mel.ts";
import {
  frameLineSchema,
  fusedLineSchema,
  speechLineSchema,
  type Analysis,
  type SpeechLine,
} from "../../../shared/protocol/results.ts";
import type * as z from "zod";
import { sampleAnalysis, sampleFace, sampleLine } from "../results/samples.ts";

describe("results of a live session", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), "edin-"));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const line = (i: number) => ({
    line: sampleLine(i, i * 40, [sampleFace(1)]),
    cut: false,
    events: [],
  });
  const step = (startMs: number): SpeechStep => ({
    ...{ startMs, endMs: startMs + 500, windows: [] },
    mel: { startMs, bytes: new Uint8Array(48) },
  });
  const spoken = (endMs: number): SpeechLine => ({
    ...{ startMs: endMs - 1000, endMs, state: "no_speech", levelDb: -70 },
  });
  async function finish(results: LiveResults): Promise<Analysis> {
    const { id, pipeline, media, device, models, versions, run } = sampleAnalysis;
    return await results.finish({
      ...{ id, pipeline, media, device, models, versions, config: parseConfig({}) },
      run: { startedAt: new Date(), stages: run.stages },
      ...{ hears: false, facesWithoutClip: 0, notes: [] },
    });
  }
  async function times<T>(
    name: string,
    schema: z.ZodType<T>,
    timeOf: (line: T) => number,
  ): Promise<number[]> {
    const read = [];
    for await (const item of readLines(path.join(dir, name), schema)) read.push(timeOf(item));
    return read;
  }

  it("are in order when frames come while the early ones are written", async () => {
    await using results = await LiveResults.create(dir);
    for (let i = 0; i < 5; i++) await results.frame(line(i));
    const begun = results.begin(80);
    await results.frame(line(5));
    await begun;
    const analysis = await finish(results);
    assert.equal(analysis.summary.frames, 4);
    const lines = [];
    for await (const { index, timeMs } of readLines(path.join(dir, "frames.jsonl"), frameLineSchema))
      lines.push([index, timeMs]);
    assert.deepEqual(
      lines,
      [0, 1, 2, 3].map((i) => [i, i * 40]),
    );
  });

  it("end with the recording, whenever they come", async () => {
    await using results = await LiveResults.create(dir);
    const fused = (timeMs: number) => results.fused({ timeMs, state: "no_face_no_speech" });
    // A page tells late where its recording began.
    for (let i = 0; i < 60; i++) await results.frame(line(i));
    await results.sound(step(500), spoken(1000));
    results.end(2500);
    await results.begin(400);
    assert.deepEqual(
      [399, 400, 2500, 2501].map((timeMs) => results.holds(timeMs)),
      [false, true, true, false],
    );
    for (let i = 60; i < 100; i++) await results.frame(line(i));
    for (const startMs of [1000, 1500, 2000, 2500]) await results.sound(step(startMs), spoken(startMs + 500));
    for (const timeMs of [2500, 2600]) await fused(timeMs);
    const prompt = { kind: "prompt", label: "Well?" } as const;
    await results.segment({ ...prompt, startMs: 300, endMs: 700 });
    await results.segment({ ...prompt, startMs: 2400, endMs: 3000 });
    await results.segment({ ...prompt, startMs: 2600, endMs: 3000 });
    const { events } = await finish(results);
    const frames = await times("frames.jsonl", frameLineSchema, ({ timeMs }) => timeMs);
    assert.deepEqual([frames[0], frames.at(-1), frames.length], [0, 2080, 53]);
    assert.deepEqual(
      await times("speech.jsonl", speechLineSchema, ({ endMs }) => endMs),
      [600, 1100, 1600, 2100],
    );
    assert.deepEqual(
      await times("mel.jsonl", melLineSchema, ({ startMs }) => startMs),
      [100, 600, 1100, 1600],
    );
    assert.deepEqual(await times("fused.jsonl", fusedLineSchema, ({ timeMs }) => timeMs), [2100]);
    assert.deepEqual(events, [
      { ...prompt, startMs: 0, endMs: 300 },
      { ...prompt, startMs: 2000, endMs: 2100 },
    ]);
  });
});
