import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { analyzeMany, clipsOf } from "../../../daemon/commands/analyzeMany.ts";
import { noteSource } from "../../../daemon/commands/resultFolder.ts";
import { AppError } from "../../../shared/errors.ts";
import { syntheticAnalysis } from "../../support/syntheticResult.ts";

describe("edin analyze of many clips", () => {
  let folder: string;
  const at = (name: string) => path.join(folder, name);
  before(async () => {
    folder = await realpath(await mkdtemp(path.join(os.tmpdir(), "edin-many-")));
    for (const name of ["a", "b", "pictures"]) await mkdir(at(name));
    for (const name of [
      "a/one.mp4",
      "a/two.wav",
      "a/notes.txt",
      "a/cover.jpg",
      "b/one.mp4",
      "pictures/1.jpg",
      "pictures/2.png",
    ])
      await writeFile(at(name), "");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("takes files, folders of clips, folders of pictures and patterns, each clip once", async () => {
    assert.deepEqual(await clipsOf([at("b/one.mp4"), at("a"), at("pictures"), at("*/one.mp4")]), [
      at("b/one.mp4"),
      at("a/one.mp4"),
      at("a/two.wav"),
      at("pictures"),
    ]);
    await assert.rejects(clipsOf([at("*.avi")]), { code: "media_not_found" });
  });

  it("analyses some at a time, goes on after a failure, passes over what is done unless asked, and mixes no folders up", async () => {
    const clips = await clipsOf([at("a"), at("b")]);
    let [running, most, runs] = [0, 0, 0];
    const run = async (mediaPath: string, outDir: string) => {
      runs++;
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
      if (mediaPath.endsWith("two.wav")) throw new AppError("media_unreadable", "It is empty.");
      await mkdir(outDir, { recursive: true });
      const analysis = syntheticAnalysis({ durationMs: 100 });
      await writeFile(path.join(outDir, "analysis.json"), JSON.stringify(analysis));
      await noteSource(outDir, mediaPath);
      return analysis;
    };
    const options = { jobs: 2, again: false, base: at("out"), signal: new AbortController().signal, run };
    const first = await analyzeMany(clips, options);
    assert.deepEqual(
      first.map(({ state, outDir }) => [state, path.basename(outDir)]),
      [
        ["done", "one.edin"],
        ["failed", "two.edin"],
        ["done", "one.mp4.edin"],
      ],
    );
    assert.equal(first[1]!.failure, "It is empty.");
    assert.equal(most, 2);
    assert.deepEqual(
      (await analyzeMany(clips, options)).map(({ state, analysis }) => [state, analysis?.summary.frames]),
      [
        ["done before", first[0]!.analysis!.summary.frames],
        ["failed", undefined],
        ["done before", first[2]!.analysis!.summary.frames],
      ],
    );
    assert.equal(runs, 4);
    await analyzeMany(clips, { ...options, again: true });
    assert.equal(runs, 7);
  });
});
