import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { runAnalysis } from "../../../daemon/analysis/run.ts";
import type { Models } from "../../../daemon/inference/models.ts";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { isAppError } from "../../../shared/errors.ts";
import { frameLineSchema } from "../../../shared/protocol/results.ts";
import { makeDrawnClip } from "../../support/drawnClip.ts";
import { makePhotoClip, twoFaces } from "../../support/photoClip.ts";
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

  it("each of several faces moves a character of its own, with a clip of its own", async () => {
    const clip = await makePhotoClip(path.join(folder.path, "two.mp4"), [twoFaces(0.6)]);
    const { analysis, lines, outDir } = await analyse(clip, "two", { name: "gob" });
    const named = new Map<number, Set<string | undefined>>();
    for (const { track, avatar } of lines.flatMap(({ faces }) => faces))
      named.set(track, (named.get(track) ?? new Set()).add(avatar?.name));
    assert.deepEqual(
      [...named].sort(([a], [b]) => a - b),
      [
        [1, new Set(["gob"])],
        [2, new Set(["hana"])],
      ],
    );
    assert.deepEqual(
      analysis.summary.notes.filter((note) => note.startsWith("The avatar ")),
      ["gob", "hana"].map((name) => `The avatar ${name} was drawn by its blend shapes (rig).`),
    );
    for (const { file } of analysis.clips!) assert.ok((await probeMedia(path.join(outDir, file))).video);
    assert.equal(analysis.clips!.length, 2);
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
    const [there, away] = await firstAndLast(path.join(outDir, analysis.clips![0]!.file));
    assert.ok(there.colour > 3 && there.corner > 100, JSON.stringify(there));
    assert.ok(away.colour < 1.5 && away.corner < 60, JSON.stringify(away));
  });

  it("a face in profile leaves an avatar that rests and says that the face is lost, in a smile too", async () => {
    const smile = { mouthSmileLeft: 1, mouthSmileRight: 1, cheekSquintLeft: 0.7, cheekSquintRight: 0.7 };
    const clip = await makeDrawnClip(path.join(folder.path, "profile.mp4"), "ada", [
      { seconds: 1, shapes: smile },
      { seconds: 1.5, shapes: smile, turned: 1.2 },
    ]);
    const { analysis, lines, outDir } = await analyse(clip, "profile");
    const smiles = lines.map(({ faces: [face] }) => face?.blendShapes?.mouthSmileLeft);
    assert.ok(smiles[5]! > 0.3, `a smile of ${smiles[5]} from the front`);
    const last = lines.at(-1)!.faces[0]!;
    assert.deepEqual([last.state, last.avatar], ["low_quality", undefined]);
    assert.ok(smiles.at(-1)! < 0.02, `a smile of ${smiles.at(-1)} in profile`);
    const [there, away] = await firstAndLast(path.join(outDir, analysis.clips![0]!.file));
    assert.ok(there.colour > 3 && there.corner > 100, JSON.stringify(there));
    assert.ok(away.colour < 1.5 && away.corner < 60, JSON.stringify(away));
  });

  it("a character that is not there is refused with the names that are, before the first frame", async () => {
    const clip = await makePhotoClip(path.join(folder.path, "clip.mp4"), 1);
    await assert.rejects(analyse(clip, "none", { name: "nobody" }), (error) =>
      isAppError(error, "not_found"),
    );
  });
});

/** How the avatar looks, on the right of an avatar's clip, in its fifth and its last frame. */
async function firstAndLast(file: string): Promise<[Look, Look]> {
  const looks: Look[] = [];
  for await (const { data, width, height } of decodeFrames(file, await probeMedia(file))) {
    let sum = 0;
    const [w, h] = [width / 2, height / 2];
    for (let y = 0; y < h; y++)
      for (let x = w / 2; x < w; x++) sum += Math.abs(data[width * height + y * w + x]! - 128);
    looks.push({ colour: sum / ((w / 2) * h), corner: data[(height - 4) * width + width / 2 + 6]! });
  }
  return [looks[5]!, looks.at(-1)!];
}

interface Look {
  /** How far its chroma is from grey, in the mean. */
  readonly colour: number;
  /** Brightness where the strip lies that says that a face is lost; behind a head that has its face there is the background. */
  readonly corner: number;
}
