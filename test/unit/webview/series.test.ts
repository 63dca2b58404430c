import assert from "node:assert/strict";
import { levelFor, sampleAt, sampleState, SeriesBuilder } from "../../../webview/data/series.ts";

describe("a series of the timeline", () => {
  const build = (length: number, absentFrom = Infinity) => {
    const builder = new SeriesBuilder("face:1", "Face 1", ["a", "b"]);
    for (let i = 0; i < length; i++)
      builder.add(i * 10, (i + 1) * 10, false, i < absentFrom ? { a: i % 2, b: 1 - (i % 2) } : undefined);
    return builder.build();
  };

  it("has coarser levels that are means of two samples and cover the same time", () => {
    const [fine, coarse] = build(1026).levels;
    assert.equal(coarse?.length, 513);
    assert.deepEqual([...coarse.values.subarray(0, 4)], [0.5, 0.5, 0.5, 0.5]);
    assert.equal(coarse.startMs[1], 20);
    assert.equal(coarse.endMs[512], fine?.endMs[1025]);
  });

  it("keeps absence apart from zero at every level", () => {
    const series = build(2000, 1000);
    for (const level of series.levels) {
      assert.equal(level.state[0], sampleState.ok);
      assert.equal(level.state[level.length - 1], sampleState.absent);
    }
  });

  it("gives a view about as many samples as were asked for, however long the clip", () => {
    const series = build(60_000);
    for (const [startMs, endMs] of [
      [0, 600_000],
      [100_000, 200_000],
      [5000, 9000],
    ] as const) {
      const { from, to } = levelFor(series, startMs, endMs, 300);
      assert.ok(to - from >= 300 && to - from <= 2 * 300 + 4, `${to - from} samples`);
    }
  });

  it("leaves real gaps open at every level, also where they fall into a pair", () => {
    const builder = new SeriesBuilder("x", "x", ["a"]);
    for (let i = 0; i < 1001; i++) builder.add(i * 10, (i + 1) * 10, false, { a: 1 });
    for (let i = 0; i < 1001; i++) builder.add(90_000 + i * 10, 90_010 + i * 10, false, { a: 1 });
    const { levels } = builder.build();
    assert.ok(levels.length > 2);
    for (const { startMs, endMs, length } of levels) {
      const covered = Array.from({ length }, (_, i) => endMs[i]! - startMs[i]!).reduce((a, b) => a + b, 0);
      assert.equal(covered, 2 * 10_010);
    }
  });

  it("cuts a step short where the next one begins", () => {
    const builder = new SeriesBuilder("x", "x", ["a"]);
    builder.add(0, 1000, false, { a: 1 });
    builder.endLastBy(500);
    assert.deepEqual([...builder.build().levels[0]!.endMs], [500]);
  });

  it("finds the sample at a time", () => {
    const starts = Float64Array.of(0, 40, 80);
    for (const [timeMs, index] of [
      [-1, -1],
      [0, 0],
      [39, 0],
      [80, 2],
      [999, 2],
    ] as const)
      assert.equal(sampleAt(starts, timeMs), index);
  });
});
