import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type * as z from "zod";
import { formatLabels } from "../../../shared/labels/document.ts";
import { labelsName, newLabels } from "../../../shared/labels/newFile.ts";
import { builtInSchemes } from "../../../shared/labels/schemes/builtIn.ts";
import { getDataset, startDataset } from "../../../shared/protocol/datasets.ts";
import { getJob } from "../../../shared/protocol/jobs.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { until } from "../../support/until.ts";
import { startTestDaemon, type TestDaemon } from "../testDaemon.ts";

describe("sets of labels through the daemon", function () {
  this.timeout(180_000);
  let test: TestDaemon;
  let folder: string;
  before(async () => {
    test = await startTestDaemon({ config: { device: "cpu" } });
    folder = path.join(test.clips, "team");
    await mkdir(folder);
    await makePhotoClip(path.join(folder, "one.mp4"), 2);
    const scheme = builtInSchemes.emotions;
    const media = { durationMs: 2000 };
    const empty = newLabels({ clip: "one.mp4", annotator: "ann", scheme, read: scheme, media });
    const annotations = [
      { id: "a", tier: "face", startMs: 0, endMs: 1000, label: "happy" },
      { id: "b", tier: "face", startMs: 1000, endMs: 2000, label: "neutral" },
    ];
    await writeFile(path.join(folder, labelsName("one.mp4", "ann")), formatLabels({ ...empty, annotations }));
  });
  after(() => test[Symbol.asyncDispose]());

  async function ended(request: z.input<typeof startDataset.request>) {
    const { job } = await test.call(startDataset, request);
    return until(async () => {
      const { job: now } = await test.call(getJob, { id: job.id });
      return now.state !== "queued" && now.state !== "running" && now;
    }, 150_000);
  }

  it("are a job that writes into the folder of the labels, with a file to train by", async () => {
    const job = await ended({ path: folder, name: "faces", tier: "face", test: 0 });
    assert.equal(job.state, "done", job.failure?.message);
    const { made } = await test.call(getDataset, { id: job.id });
    assert.deepEqual([made.folder, made.kind, made.samples], [path.join(folder, "faces"), "pictures", 4]);
    assert.deepEqual(made.parts.train.labels, { happy: 2, neutral: 2 });
    const yaml = await readFile(made.training!, "utf8");
    assert.match(yaml, /task: expression\n/);
    assert.match(yaml, /path: faces\/train\n/);
    assert.ok((await readdir(path.join(folder, "faces", "train"))).includes("labels.csv"));
  });

  it("never take the place of what is there unasked, and lie in granted folders alone", async () => {
    const again = await ended({ path: folder, name: "faces" });
    assert.deepEqual([again.state, again.failure?.code], ["failed", "conflict"]);
    assert.equal((await ended({ path: folder, name: "faces", replace: true })).state, "done");
    await assert.rejects(test.call(startDataset, { path: "/etc", name: "x" }), { code: "invalid_path" });
    await assert.rejects(test.call(startDataset, { path: folder, name: "../x" }), {
      code: "invalid_request",
    });
  });
});
