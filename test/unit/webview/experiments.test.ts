import assert from "node:assert/strict";
import { filtered } from "../../../webview/data/sortRows.ts";
import type { ExperimentRow, ExperimentTable } from "../../../shared/protocol/experimentTable.ts";
import { baseRow, numberColumns, runRows } from "../../../webview/views/experiments/runFigures.ts";

describe("the table of an experiment", () => {
  const row = (run: string, clip: string, score: number | undefined, repeat = 1): ExperimentRow => ({
    ...{ run, clip, repeat, folder: `${run}/${clip}`, media: clip },
    state: score === undefined ? "failed" : "done",
    values: score === undefined ? {} : { score, dominant: "happy" },
  });
  const clips = ["a", "b", "c", "d", "e", "f"];
  const rows = clips.flatMap((clip, i) => [
    row("base", clip, i),
    row("other", clip, i + 1 + (i % 2) * 0.2),
    row("same", clip, i === 5 ? undefined : i + 2),
  ]);
  const table: ExperimentTable = {
    ...{ schemaVersion: 1, title: "T", state: "done", columns: ["score", "dominant"], rows },
    ...{ startedAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T00:00:00.000Z" },
  };

  it("has for each run the mean over clips, and the difference to the base with an interval that holds it", () => {
    assert.deepEqual(numberColumns(table), ["score"]);
    const [base, other, same] = runRows(table, "base");
    assert.equal(base!.figures["score"]!.mean, 2.5);
    assert.equal(base!.figures["score"]!.difference, undefined);
    const { clips: n, mean, interval } = other!.figures["score"]!.difference!;
    assert.equal(n, 6);
    assert.ok(Math.abs(mean - 1.1) < 1e-9);
    assert.ok(interval![0] >= 1 && interval![0] < mean && interval![1] > mean && interval![1] <= 1.2);
    // A clip that failed is missing from both sides, and where all differ alike there is no interval.
    assert.deepEqual(same!.figures["score"]!.difference, { clips: 5, mean: 2 });
    assert.deepEqual([same!.done, same!.failed], [5, 1]);
  });

  it("takes repeats of a clip as one", () => {
    const repeated = { ...table, rows: [row("base", "a", 1), row("base", "a", 3, 2), row("base", "b", 5)] };
    assert.equal(runRows(repeated, "base")[0]!.figures["score"]!.mean, 3.5);
    assert.equal(baseRow(repeated.rows, row("x", "a", 0, 2), "base"), 1);
    assert.equal(baseRow(repeated.rows, row("x", "b", 0, 2), "base"), 2);
  });

  it("is filtered by words in any of its columns", () => {
    const columns = [
      { title: "run", value: (one: ExperimentRow) => one.run },
      { title: "clip", value: (one: ExperimentRow) => one.clip },
    ];
    assert.deepEqual(
      filtered(rows, columns, "OTHER c").map(({ run, clip }) => [run, clip]),
      [["other", "c"]],
    );
    assert.equal(filtered(rows, columns, " ").length, rows.length);
  });
});
