import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  comparisonCsv,
  comparisonTable,
  likenessOf,
  type ComparedAnalysis,
} from "../../../daemon/experiment/comparison.ts";
import { readRecords } from "../../../shared/table/readTable.ts";
import type { FrameLine } from "../../../shared/protocol/results.ts";
import { syntheticAnalysis, syntheticFrames } from "../../support/syntheticResult.ts";

describe("the comparison of runs", () => {
  it("counts frames whose strongest emotion is the same, and the distance of the distributions", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "edin-compare-"));
    const emotion = (happy: number) => ({
      neutral: 1 - happy,
      happy,
      sad: 0,
      angry: 0,
      surprise: 0,
      fear: 0,
      disgust: 0,
      contempt: 0,
    });
    const [, second] = syntheticFrames({ durationMs: 80 });
    const line = (happy?: number): FrameLine => ({
      ...second!,
      faces: happy === undefined ? [] : [{ ...second!.faces[0]!, emotion: emotion(happy) }],
    });
    const write = async (name: string, lines: FrameLine[]): Promise<string> => {
      const file = path.join(folder, name);
      await writeFile(file, lines.map((one) => `${JSON.stringify(one)}\n`).join(""));
      return file;
    };
    const first = await write("a", [line(0.9), line(0.9), line(), line(0.2)]);
    const other = await write("b", [line(0.8), line(0.3), line(0.9), line(0.2)]);
    const { frames, sameEmotion, distance } = (await likenessOf(first, other))!;
    assert.equal(frames, 3);
    assert.ok(Math.abs(sameEmotion - 2 / 3) < 1e-12);
    assert.ok(Math.abs(distance - (0.1 + 0.6 + 0) / 3) < 1e-12);
    assert.equal(await likenessOf(first, await write("c", [line(), line()])), undefined);
    await rm(folder, { recursive: true });
  });

  const analysis = syntheticAnalysis({ durationMs: 4000 });
  const rows: ComparedAnalysis[] = [
    { run: "a", clip: "=cmd(),\n.mp4", repeat: 1, analysis },
    { run: "a", clip: "=cmd(),\n.mp4", repeat: 2, analysis, repeats: true },
    {
      run: "b",
      clip: "x.mp4",
      repeat: 1,
      analysis,
      likeness: { frames: 10, sameEmotion: 0.5, distance: 0.25 },
    },
    { run: "b", clip: "y.mp4", repeat: 1, failure: "It is damaged." },
  ];

  it("is one CSV with a line for each analysis, and no formulas in it", () => {
    const parsed = readRecords(comparisonCsv(rows), [
      "run",
      "clip",
      "failure",
      "sameEmotion",
      "sameAsFirstRepeat",
    ]);
    assert.equal(parsed.length, 4);
    assert.equal(parsed[0]!.clip, "'=cmd(),\n.mp4");
    assert.equal(parsed[1]!.sameAsFirstRepeat, "yes");
    assert.equal(parsed[2]!.sameEmotion, "0.5");
    assert.equal(parsed[3]!.failure, "It is damaged.");
  });

  it("is one table with a row for each run", () => {
    const { header, rows: table } = comparisonTable(rows);
    assert.equal(header.length, table[0]!.length);
    assert.deepEqual(table[0], ["a", "2", "0", "95.0 %", "", "", "1 of 1", "10.0"]);
    assert.deepEqual(table[1], ["b", "2", "1", "95.0 %", "50.0 %", "0.250", "", "10.0"]);
  });
});
