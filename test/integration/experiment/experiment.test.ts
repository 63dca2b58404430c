import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { access, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { readRecords } from "../../../shared/table/readTable.ts";
import { experimentEventSchema, type ExperimentEvent } from "../../../shared/protocol/experiment.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { edin } from "../edin.ts";

const main = path.join(import.meta.dirname, "../../../daemon/main.ts");

describe("edin experiment", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "edin-experiment-"));
    await makePhotoClip(path.join(folder, "clip.mp4"), 1);
  });
  after(() => rm(folder, { recursive: true }));

  it("analyses each clip in each run, goes on after a failure, and compares them in one table", async () => {
    await writeFile(path.join(folder, "damaged.mp4"), "no clip at all, whatever its name says");
    const file = path.join(folder, "detectors.experiment.yaml");
    await writeFile(
      file,
      [
        "title: Detectors",
        'clips: ["*.mp4"]',
        "repeats: 2",
        "runs:",
        "  - name: default",
        "  - name: every-frame",
        "    config: {detectEveryFrames: 1}",
      ].join("\n"),
    );
    const { code, stdout, stderr } = await edin(["experiment", file, "--device", "cpu"]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /damaged\.mp4: /);
    assert.match(stdout, /^default +4 +2 +100\.0 % +1 of 1 /m);
    const csv = await readFile(path.join(folder, "detectors.results/comparison.csv"), "utf8");
    const rows = readRecords(csv, ["run", "clip", "repeat", "failure", "sameEmotion", "sameAsFirstRepeat"]);
    assert.equal(rows.length, 8);
    const [first, again, other] = rows.filter(({ clip }) => clip === "clip.mp4");
    assert.equal(first!.sameEmotion, "");
    assert.equal(again!.sameAsFirstRepeat, "yes");
    assert.equal(other!.run, "every-frame");
    assert.ok(Number(other!.sameEmotion) > 0.8, other!.sameEmotion);
    for (const { failure } of rows.filter(({ clip }) => clip === "damaged.mp4")) assert.notEqual(failure, "");
    await access(path.join(folder, "detectors.results/every-frame/clip.mp4/repeat-2/analysis.json"));
  });

  it("keeps clips of one name in folders of their own, and says in each line which it is", async () => {
    const clips = ["P01/interview.mp4", "P02/interview.mp4", "P02/interview.mkv"];
    for (const clip of clips) {
      await mkdir(path.dirname(path.join(folder, "same", clip)), { recursive: true });
      await copyFile(path.join(folder, "clip.mp4"), path.join(folder, "same", clip));
    }
    const file = path.join(folder, "same/names.experiment.yaml");
    await writeFile(file, 'title: Names\nclips: ["P*/*"]\nconfig: {detectEveryFrames: 30}\n');
    const { code, stderr } = await edin(["experiment", file, "--device", "cpu"]);
    assert.equal(code, 0, stderr);
    const results = path.join(folder, "same/names.results");
    const rows = readRecords(await readFile(path.join(results, "comparison.csv"), "utf8"), ["clip"]);
    assert.deepEqual(rows.map(({ clip }) => clip).sort(), [...clips].sort());
    const written = (await readdir(results, { recursive: true })).filter((name) =>
      name.endsWith("analysis.json"),
    );
    assert.equal(written.length, clips.length, written.join());
  });

  it("tells its progress as JSON lines, and stops with its parent", async () => {
    const file = path.join(folder, "many.experiment.json");
    await writeFile(file, JSON.stringify({ title: "Many", clips: ["clip.mp4"], repeats: 20 }));
    const child = spawn(
      process.execPath,
      ["--import", "tsx", main, "experiment", file, "--device", "cpu", "--json", "--stdio-lifetime"],
      { stdio: ["pipe", "pipe", "ignore"] },
    );
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    const events: ExperimentEvent[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const event = experimentEventSchema.parse(JSON.parse(line));
      events.push(event);
      // What closes when a parent dies.
      if (event.type === "progress") child.stdin.end();
    }
    assert.notEqual(await ended, 0);
    const [planned] = events;
    assert.ok(planned?.type === "planned" && planned.analyses === 20);
    assert.ok(!events.some(({ type }) => type === "done"));
    await assert.rejects(access(path.join(folder, "many.results/comparison.csv")));
  });
});
