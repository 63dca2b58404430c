import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  ExperimentTableFile,
  findExperiments,
  readExperimentTable,
  rowFolder,
} from "../../../daemon/experiment/experimentTable.ts";
import { planRuns } from "../../../shared/protocol/experiment.ts";
import { isAppError } from "../../../shared/errors.ts";
import { syntheticAnalysis } from "../../support/syntheticResult.ts";

describe("the table of a running experiment", () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), "edin-table-"))));
  after(() => rm(folder, { recursive: true }));

  it("tells how far each analysis is, what came out, and why one failed", async () => {
    const outDir = path.join(folder, "a.results");
    const [run] = planRuns({ title: "T", clips: ["*.mp4"], runs: [{ name: "one" }] });
    const plan = ["x.mp4", "y.mp4", "z.mp4"].map((name) => ({
      ...{ run: run!, name, repeat: 1 },
      ...{ clip: path.join(folder, name), outDir: path.join(outDir, "one", name) },
    }));
    const file = await ExperimentTableFile.create(outDir, "T", plan);
    const states = async () => (await readExperimentTable(outDir)).rows.map(({ state }) => state);
    assert.deepEqual(await states(), ["waiting", "waiting", "waiting"]);
    const analysis = syntheticAnalysis({ durationMs: 4000 });
    file.ended(0, { run: "one", clip: "x.mp4", repeat: 1, analysis });
    file.ended(1, { run: "one", clip: "y.mp4", repeat: 1, failure: "It is damaged." });
    file.progress(2, { timeMs: 500, durationMs: 1000, frames: 12, framesPerSecond: 20 });
    await file.close("stopped");
    const table = await readExperimentTable(outDir);
    assert.equal(table.state, "stopped");
    assert.deepEqual(await states(), ["done", "failed", "waiting"]);
    assert.equal(table.rows[0]!.values["frames"], 100);
    assert.equal(table.rows[1]!.failure, "It is damaged.");
    assert.deepEqual(await rowFolder(outDir, 0), {
      folder: path.join(outDir, "one", "x.mp4"),
      media: path.join(folder, "x.mp4"),
    });
    await assert.rejects(rowFolder(outDir, 1), (error) => isAppError(error, "not_found"));
    assert.deepEqual(await findExperiments([folder]), [outDir]);
  });

  it("may not name results outside its folder", async () => {
    const outDir = path.join(folder, "evil.results");
    await mkdir(outDir);
    const now = new Date().toISOString();
    const row = { run: "a", clip: "c", repeat: 1, state: "done", values: {}, folder: "../..", media: "c" };
    const table = { schemaVersion: 1, title: "T", state: "done", startedAt: now, updatedAt: now };
    await writeFile(
      path.join(outDir, "experiment.json"),
      JSON.stringify({ ...table, columns: [], rows: [row] }),
    );
    await assert.rejects(rowFolder(outDir, 0), (error) => isAppError(error, "invalid_path"));
  });
});
