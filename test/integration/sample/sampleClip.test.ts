import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { runAnalysis } from "../../../daemon/analysis/run.ts";
import { decodeAudio } from "../../../daemon/media/decodeAudio.ts";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { makeSampleClip } from "../../../daemon/sample/sampleClip.ts";
import { temporaryFolder } from "../media/clips.ts";
import { openProductModels } from "../../support/productModels.ts";

describe("makeSampleClip", () => {
  const folder = temporaryFolder();

  it("makes sixteen seconds of moving pictures with sound, and leaves nothing else", async function () {
    this.timeout(300_000);
    const file = path.join(folder.path, "sample.mp4");
    const progress: number[] = [];
    await makeSampleClip(file, { onProgress: (done) => progress.push(done) });
    assert.deepEqual(await readdir(folder.path), ["sample.mp4"]);
    assert.deepEqual([progress.length, progress.at(-1)], [400, 1]);

    const info = await probeMedia(file);
    const { codec, width, height, frameRate } = info.video!;
    assert.deepEqual([codec, width, height, frameRate], ["h264", 1280, 720, 25]);
    assert.equal(info.audio?.codec, "aac");
    let frames = 0;
    let changes = 0;
    let before = 0;
    for await (const { data } of decodeFrames(file, info, { maxHeight: 90 })) {
      const sum = data.subarray(0, 160 * 90).reduce((all, luma) => all + luma, 0);
      if (sum !== before) changes++;
      before = sum;
      frames++;
    }
    assert.equal(frames, 400);
    assert.ok(changes > 380, `${changes} of ${frames} pictures differ from the one before`);
    let energy = 0;
    for await (const { samples } of decodeAudio(file, info, { sampleRateHz: 16_000 })) {
      energy += samples.reduce((sum, sample) => sum + sample * sample, 0);
    }
    assert.ok(Math.sqrt(energy / (16 * 16_000)) > 0.02);
  });

  it("shows eighteen people, each found from the first frame on, or soon after the camera turned to them, under a number of their own", async function () {
    this.timeout(300_000);
    await using models = await openProductModels();
    const { tracks } = await runAnalysis(
      {
        ...{ id: randomUUID(), mediaPath: path.join(folder.path, "sample.mp4") },
        ...{ outDir: path.join(folder.path, "results"), pipeline: "multimodal", config: {} },
      },
      { models, signal: new AbortController().signal, onProgress: () => undefined },
    );
    // Where a search of every frame finds them. With each cut everybody is searched for, else on every tenth frame.
    const shots = [
      [0, 0, 0],
      [3600, 3600, 5360],
      [6600, 6600, 6600, 8120],
      Array(4).fill(10_000),
      [13_000, 13_000, 14_080, 14_840],
    ];
    const fromMs = shots.flat() as number[];
    const firstMs = tracks.map((track) => track.firstMs).sort((a, b) => a - b);
    assert.equal(firstMs.length, fromMs.length, firstMs.join());
    for (const [i, from] of fromMs.entries()) {
      const cut = shots.some((shot) => shot[0] === from);
      assert.ok(
        firstMs[i]! >= from && firstMs[i]! <= from + (cut ? 0 : 440),
        `${firstMs.join()} for ${fromMs.join()}`,
      );
    }
  });
});
