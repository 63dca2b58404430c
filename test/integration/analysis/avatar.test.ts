import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { runAnalysis } from "../../../daemon/analysis/run.ts";
import type { Models } from "../../../daemon/inference/models.ts";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { isAppError } from "../../../shared/errors.ts";
import { frameLineSchema } from "../../../shared/protocol/results.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { makeClip, temporaryFolder } from "../media/clips.ts";
import { openProductModels } from "../../support/productModels.ts";

describe("the avatar pipeline on a clip", function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  let models: Models;
  before(async () => {
    models = await openProductModels();
  });
  after(async () => {
    await models[Symbol.asyncDispose]();
  });
  const analyse = async (mediaPath: string, out: string, avatar: object = {}) => {
    const outDir = path.join(folder.path, out);
    const analysis = await runAnalysis(
      { id: out, mediaPath, outDir, pipeline: "avatar", config: { avatar } },
      { models, signal: new AbortController().signal, onProgress: () => undefined },
    );
    const text = await readFile(path.join(outDir, "frames.jsonl"), "utf8");
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => frameLineSchema.parse(JSON.parse(line)));
    return { analysis, text, lines, outDir };
  };

  it("gives each trusted face blend shapes and an emotion on the avatar, beside its own, and the same lines again", async () => {
    const clip = await makePhotoClip(path.join(folder.path, "clip.mp4"), 1);
    const { analysis, text, lines, outDir } = await analyse(clip, "one", { name: "gob" });
    assert.equal(lines.length, 25);
    for (const { faces } of lines) {
      for (const face of faces) {
        assert.equal(Object.keys(face.blendShapes!).length, 50);
        assert.ok(face.emotion);
        if (face.state !== "ok") continue;
        const sum = Object.values(face.avatar!.emotion).reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(sum - 1) < 0.01);
      }
    }
    assert.equal(lines[0]!.faces[0]!.avatar!.name, "gob");
    const tracks = new Set(lines.flatMap(({ faces }) => faces.map(({ track }) => track)));
    assert.equal(analysis.clips?.length, Math.min(4, tracks.size));
    const shown = await probeMedia(path.join(outDir, analysis.clips[0]!.file));
    assert.deepEqual([shown.video!.width, shown.video!.height], [512, 256]);
    // The clip's own sound goes along, as long as the picture.
    assert.equal(shown.audio?.codec, "aac");
    assert.ok(Math.abs(shown.durationMs - 1000) < 150, `${shown.durationMs} ms`);
    assert.equal((await analyse(clip, "again", { name: "gob" })).text, text);
  });

  it("the engine fomm moves a character as a picture, says so, and gives the same lines again; alone and silent where asked", async () => {
    const clip = await makePhotoClip(path.join(folder.path, "moved.mp4"), 0.4);
    const asked = { name: "dora", engine: "fomm", view: "alone", sound: "none" };
    const { analysis, text, lines, outDir } = await analyse(clip, "moved", asked);
    const first = lines[0]!.faces[0]!;
    assert.equal(first.avatar?.name, "dora");
    assert.ok(analysis.summary.notes.includes("The avatar dora was moved as a picture (fomm)."));
    const shown = await probeMedia(path.join(outDir, analysis.clips![0]!.file));
    assert.deepEqual([shown.video!.width, shown.video!.height, shown.audio], [128, 128, undefined]);
    assert.equal((await analyse(clip, "moved-again", asked)).text, text);
  });

  it("an avatar whose face is gone turns grey, rests and says that the face is lost", async () => {
    const clip = await makePhotoClip(path.join(folder.path, "face.mp4"), 1);
    const gone = path.join(folder.path, "gone.mp4");
    // After a second the picture is black for two.
    await makeClip(gone, "-i", clip, "-vf", "tpad=stop_duration=2:color=black", "-an", "-pix_fmt", "yuv420p");
    const { analysis, outDir } = await analyse(gone, "gone");
    const file = path.join(outDir, analysis.clips![0]!.file);
    const colour: number[] = [];
    // Where the strip lies that says so: behind a head that has its face there is the bright background.
    const corner: number[] = [];
    for await (const { data, width, height } of decodeFrames(file, await probeMedia(file))) {
      // The right half is the avatar: how far its chroma is from grey.
      let sum = 0;
      const [w, h] = [width / 2, height / 2];
      for (let y = 0; y < h; y++)
        for (let x = w / 2; x < w; x++) sum += Math.abs(data[width * height + y * w + x]! - 128);
      colour.push(sum / ((w / 2) * h));
      corner.push(data[(height - 4) * width + width / 2 + 6]!);
    }
    assert.ok(colour[5]! > 3, `${colour[5]} with the face`);
    assert.ok(colour.at(-1)! < 1.5, `${colour.at(-1)} without it`);
    assert.ok(corner[5]! > 100, `${corner[5]} with the face`);
    assert.ok(corner.at(-1)! < 60, `${corner.at(-1)} without it`);
  });

  it("a character that is not there is refused with the names that are, before the first frame", async () => {
    const clip = await makePhotoClip(path.join(folder.path, "clip.mp4"), 1);
    await assert.rejects(analyse(clip, "none", { name: "nobody" }), (error) =>
      isAppError(error, "not_found"),
    );
  });
});
