import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { readLines } from "../../../daemon/results/exports/write.ts";
import { runAnalysis } from "../../../daemon/analysis/run.ts";
import type { Models } from "../../../daemon/inference/models.ts";
import { isAppError } from "../../../shared/errors.ts";
import { analysisSchema, frameLineSchema, type FrameLine } from "../../../shared/protocol/results.ts";
import { edin } from "../edin.ts";
import { makeClip, temporaryFolder } from "../media/clips.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { openProductModels } from "../../support/productModels.ts";

const files = ["analysis.json", "frames.jsonl", "fused.jsonl", "mel.jsonl", "speech.jsonl"];

describe("analysis of a clip of real faces", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);
  let models: Models;
  let clip: string;

  before(async () => {
    models = await openProductModels();
    const two = { photo: "sample1.jpg", seconds: 1.2 };
    clip = await makePhotoClip(at("faces.mp4"), [
      { ...two, from: [180, 150], to: [230, 150] },
      { photo: "sample3.jpg", seconds: 1.2, from: [250, 100], to: [254, 104] },
      { ...two, from: [190, 150], to: [220, 145] },
    ]);
  });
  after(() => models[Symbol.asyncDispose]());

  function analyse(mediaPath: string, out: string, config = {}, signal = new AbortController().signal) {
    const request = { id: out, mediaPath, outDir: at(out), pipeline: "multimodal", config } as const;
    return runAnalysis(request, { models, signal, onProgress: () => undefined });
  }

  async function frames(out: string): Promise<FrameLine[]> {
    const lines: FrameLine[] = [];
    for await (const line of readLines(path.join(at(out), "frames.jsonl"), frameLineSchema)) lines.push(line);
    return lines;
  }

  it("says that a clip changed while it was analysed", async () => {
    const mediaPath = at("growing.mkv");
    await makeClip(mediaPath, "-f", "lavfi", "-i", "color=gray:size=64x48:rate=5:duration=1", "-c:v", "ffv1");
    const request = {
      id: "growing",
      mediaPath,
      outDir: at("growing"),
      pipeline: "multimodal",
      config: {},
    } as const;
    const run = (onFrame: () => void) =>
      runAnalysis(request, {
        ...{ models, signal: new AbortController().signal, onProgress: () => undefined },
        onFrame,
      });
    const said = ({ summary }: Awaited<ReturnType<typeof run>>) =>
      /changed while it was/.test(summary.notes.join());
    assert.equal(said(await run(() => undefined)), false);
    assert.equal(said(await run(() => appendFileSync(mediaPath, Buffer.alloc(100)))), true);
  });

  it("writes what the schemas say, once, and the same bytes again", async () => {
    const first = await analyse(clip, "first");
    const second = await analyse(clip, "second");
    assert.deepEqual((await readdir(at("first"))).sort(), files);
    const stored: unknown = JSON.parse(await readFile(path.join(at("first"), "analysis.json"), "utf8"));
    assert.deepEqual(analysisSchema.parse(stored), first);
    assert.equal(first.summary.frames, 90);
    assert.deepEqual(
      (await frames("first")).map(({ index }) => index),
      Array.from({ length: 90 }, (_, i) => i),
    );
    assert.equal(second.resultSha256, first.resultSha256);
    for (const name of files.slice(1))
      assert.deepEqual(
        await readFile(path.join(at("first"), name)),
        await readFile(path.join(at("second"), name)),
      );
  });

  it("finds the people and knows them again when they come back", async () => {
    const { events } = await analyse(clip, "people");
    const lines = await frames("people");
    assert.deepEqual(
      events.filter(({ kind }) => kind === "scene_cut").map(({ startMs }) => Math.round(startMs)),
      [1200, 2400],
    );
    const ids = (index: number) => lines[index]!.faces.map(({ track }) => track);
    assert.equal(ids(28).length, 2);
    assert.ok(ids(58).every((id) => !ids(28).includes(id)));
    assert.deepEqual(ids(88), ids(28));
  });

  it("gives the same whether it detects on every frame or on every tenth", async () => {
    await analyse(clip, "every", { detectEveryFrames: 1 });
    await analyse(clip, "tenth", { detectEveryFrames: 10 });
    const [every, tenth] = [await frames("every"), await frames("tenth")];
    let faces = 0;
    let shared = 0;
    let worst = 0;
    for (const [i, line] of every.entries()) {
      for (const face of line.faces) {
        faces++;
        const other = tenth[i]!.faces.find(({ track }) => track === face.track);
        if (other === undefined) continue;
        shared++;
        worst = Math.max(worst, distance(face.landmarks, other.landmarks));
      }
    }
    assert.ok(shared / faces > 0.97, `${shared} of ${faces} faces`);
    assert.ok(worst < 0.03, `landmarks differ by ${worst} inter-ocular distances`);
  });

  it("leaves nothing behind when it is stopped", async () => {
    const stop = new AbortController();
    const request = {
      id: "x",
      mediaPath: clip,
      outDir: at("stopped"),
      pipeline: "multimodal",
      config: {},
    } as const;
    let seen = 0;
    const run = runAnalysis(request, {
      models,
      signal: stop.signal,
      onProgress: () => undefined,
      onFrame: () => {
        if (++seen === 20) stop.abort();
      },
    });
    await assert.rejects(run, { name: "AbortError" });
    assert.ok(seen < 90);
    assert.deepEqual(await readdir(at("stopped")), []);
  });

  it("says no_face where there is none, and goes on", async () => {
    const empty = await makeClip(
      at("empty.mp4"),
      "-f",
      "lavfi",
      "-i",
      "testsrc=size=320x180:rate=25:duration=1",
    );
    const { summary, tracks } = await analyse(empty, "empty");
    assert.deepEqual([summary.frames, summary.framesWithFace, tracks], [25, 0, []]);
    assert.ok((await frames("empty")).every(({ state, faces }) => state === "no_face" && faces.length === 0));
  });

  it("says that a clip has sound only", async () => {
    const sound = await makeClip(at("sound.wav"), "-f", "lavfi", "-i", "sine=duration=1");
    const { summary } = await analyse(sound, "sound");
    assert.equal(summary.frames, 0);
    assert.ok(summary.notes.some((note) => note.includes("no picture")));
  });

  it("refuses settings that it does not know", async () => {
    await assert.rejects(analyse(clip, "bad", { detectEveryFrame: 3 }), (e) =>
      isAppError(e, "invalid_config"),
    );
  });

  it("uses another network where one is chosen, and refuses one that serves another task", async () => {
    const { models } = await analyse(clip, "chosen", { networks: { face: "face-ssdlite" } });
    assert.equal(models.find(({ task }) => task === "face")?.id, "face-ssdlite");
    await assert.rejects(analyse(clip, "wrong", { networks: { face: "gaze-compact" } }), (e) =>
      isAppError(e, "model_unknown"),
    );
  });

  it("is what `edin analyze` does without any program on PATH, with progress on stderr and a summary on stdout", async () => {
    // No ffmpeg on PATH: the npm packages' own one decodes.
    const args = ["analyze", clip, "--device", "cpu", "--out", at("cli")];
    const { code, stdout, stderr } = await edin(args, { PATH: "" });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^\d+ % {2}0:0\d of 0:03 {2}\d+ frames/m);
    assert.match(stdout, /faces\.mp4: 640x360, 25 fps, 0:03/);
    assert.match(stdout, /90 frames, 90 with a face/);
    assert.match(stdout, /^face {2}1 \|/m);
    assert.match(stdout, /landmarks +\d+ +[\d.]+ +[\d.]+/);
    // Beside what an analysis leaves, which clip it is of.
    assert.deepEqual((await readdir(at("cli"))).sort(), [...files, "source.json"].sort());
  });

  it("ends in a typed error for a file that is not there", async () => {
    const { code, stderr } = await edin(["analyze", at("missing.mp4"), "--out", at("none")]);
    assert.equal(code, 1);
    assert.match(stderr, /^media_not_found: /m);
  });
});

/** Greatest distance of a point from its counterpart, over the distance of the outer corners of the eyes. */
function distance(a: readonly number[], b: readonly number[]): number {
  const between = (i: number, from: readonly number[], j: number, to: readonly number[]) =>
    Math.hypot(from[2 * i]! - to[2 * j]!, from[2 * i + 1]! - to[2 * j + 1]!);
  const unit = between(36, a, 45, a);
  return Math.max(...Array.from({ length: 68 }, (_, i) => between(i, a, i, b))) / unit;
}
