import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as z from "zod";
import { findClips } from "../../../daemon/experiment/clips.ts";
import { readExperiment } from "../../../daemon/experiment/runExperiment.ts";
import { experimentSchema, planRuns } from "../../../shared/protocol/experiment.ts";

const root = path.resolve(import.meta.dirname, "../../..");

describe("experiment files", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "edin-experiment-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("give each run what the file says for all, and what it adds", () => {
    assert.deepEqual(
      planRuns({
        title: "T",
        clips: ["a.mp4"],
        pipeline: "evm",
        config: { detectEveryFrames: 1, magnification: { preset: "micro", alpha: 4 } },
        networks: { face: "face-a" },
        runs: [
          { name: "one" },
          {
            name: "two",
            pipeline: "multimodal",
            config: { magnification: { alpha: 9 } },
            networks: { gaze: "gaze-b" },
          },
        ],
      }),
      [
        {
          name: "one",
          pipeline: "evm",
          config: {
            detectEveryFrames: 1,
            magnification: { preset: "micro", alpha: 4 },
            networks: { face: "face-a" },
          },
        },
        {
          name: "two",
          pipeline: "multimodal",
          config: {
            detectEveryFrames: 1,
            magnification: { preset: "micro", alpha: 9 },
            networks: { face: "face-a", gaze: "gaze-b" },
          },
        },
      ],
    );
    assert.deepEqual(planRuns({ title: "T", clips: ["a"] }), [
      { name: "multimodal", pipeline: "multimodal", config: { networks: {} } },
    ]);
  });

  it("find clips by patterns, each once, in order, without hidden folders and links", async () => {
    for (const name of ["b/2.mp4", "b/10.mp4", "b/c/deep.mp4", "b/.hidden/x.mp4", "b/note.txt", "one.MP4"]) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), "");
    }
    await symlink(path.join(folder, "b/c"), path.join(folder, "b/link"));
    const found = async (...patterns: string[]): Promise<string[]> =>
      (await findClips(folder, patterns)).map((file) => path.relative(folder, file));
    assert.deepEqual(await found("b/*.mp4"), ["b/10.mp4", "b/2.mp4"]);
    assert.deepEqual(await found("**/*.mp4"), ["one.MP4", "b/10.mp4", "b/2.mp4", "b/c/deep.mp4"]);
    assert.deepEqual(await found("b/2.mp4", "b/?.mp4"), ["b/2.mp4"]);
    await assert.rejects(found("b/*.mov"), { code: "media_not_found" });
    await assert.rejects(found("absent.mp4"), { code: "media_not_found" });
  });

  for (const [name, text, expected] of [
    ["no clips", "title: T\nclips: []\n", /line 2, column 8: clips /],
    ["an unknown setting", "title: T\nclips: [a]\nconfig:\n  colour: red\n", /line 4, column 3: .*colour/],
    [
      "a setting out of range",
      "title: T\nclips: [a]\nconfig: {maxFaces: 0}\n",
      /line 3, column 20: config\.maxFaces /,
    ],
    ["a task that is none", "title: T\nclips: [a]\nnetworks: {nose: a}\n", /nose/],
    ["two runs of one name", "title: T\nclips: [a]\nruns: [{name: a}, {name: A}]\n", /line 3.*same name/],
    ["a run that leaves its folder", "title: T\nclips: [a]\nruns: [{name: ../x}]\n", /line 3, column 15/],
  ] as const) {
    it(`are refused for ${name}, with line and column`, async () => {
      const file = path.join(folder, "x.experiment.yaml");
      await writeFile(file, text);
      await assert.rejects(readExperiment(file), (error: { code?: string; message: string }) => {
        assert.equal(error.code, "invalid_experiment");
        assert.match(error.message, expected);
        return true;
      });
    });
  }

  it("have a JSON schema for editors that is up to date (EDIN_REWRITE=1 writes it)", async () => {
    const file = path.join(root, "extension/schemas/experiment.schema.json");
    const now = `${JSON.stringify(z.toJSONSchema(experimentSchema, { io: "input", target: "draft-7" }), undefined, 2)}\n`;
    if (process.env["EDIN_REWRITE"] === "1") await writeFile(file, now);
    assert.equal(await readFile(file, "utf8"), now);
  });
});
