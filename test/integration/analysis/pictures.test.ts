import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import sharp from "sharp";
import { runAnalysis } from "../../../daemon/analysis/run.ts";
import type { Models } from "../../../daemon/inference/models.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { readLines } from "../../../daemon/results/exports/write.ts";
import { frameLineSchema, type FrameLine } from "../../../shared/protocol/results.ts";
import { temporaryFolder } from "../media/clips.ts";
import { edin } from "../edin.ts";
import { openProductModels } from "../../support/productModels.ts";

const photo = path.join(
  path.dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json")),
  "demo/sample1.jpg",
);

describe("pictures", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const at = (...names: string[]) => path.join(folder.path, ...names);
  let models: Models;
  before(async () => {
    models = await openProductModels();
    const small = sharp(photo).resize({ width: 800 });
    for (const kind of ["jpeg", "png", "webp", "avif", "tiff"] as const)
      await small
        .clone()
        .toFormat(kind)
        .toFile(at(`photo.${kind}`));
    await mkdir(at("set"));
    for (const [name, width] of [
      ["2.jpg", 800],
      ["10.jpg", 700],
      ["1.png", 600],
    ] as const)
      await sharp(photo).resize({ width }).toFile(at("set", name));
    await writeFile(at("set", "notes.txt"), "no picture");
    await mkdir(at("empty"));
  });
  after(() => models[Symbol.asyncDispose]());

  async function analyse(name: string, pipeline: "multimodal" | "evm" = "multimodal") {
    const outDir = at(`${name}.edin`);
    const request = { id: name, mediaPath: at(name), outDir, pipeline, config: {} };
    const signal = new AbortController().signal;
    const analysis = await runAnalysis(request, { models, signal, onProgress: () => undefined });
    const lines: FrameLine[] = [];
    for await (const line of readLines(path.join(outDir, "frames.jsonl"), frameLineSchema)) lines.push(line);
    return { analysis, lines };
  }

  it("of every kind are analysed as pictures, with the same faces", async () => {
    for (const kind of ["jpeg", "png", "webp", "avif", "tiff"]) {
      const { analysis, lines } = await analyse(`photo.${kind}`);
      assert.equal(lines.length, 1);
      assert.equal(lines[0]!.file, `photo.${kind}`);
      assert.ok(lines[0]!.faces.length >= 3, `${kind}: ${lines[0]!.faces.length} faces`);
      assert.deepEqual(analysis.events, []);
      assert.match(analysis.summary.notes.join(), /This is a picture/);
    }
  });

  it("behind the first of an animation, or of pages, are told to be left out", async () => {
    const pages = [300, 310, 320].map((shade) => ({
      create: { ...{ width: 64, height: 64, channels: 3 as const }, background: `#${shade}` },
    }));
    const join = () => sharp(pages as never, { join: { animated: true } } as never);
    await join().webp().toFile(at("moving.webp"));
    await join().tiff().toFile(at("pages.tiff"));
    // An animated PNG says so before its first picture.
    const png = await sharp({ ...pages[0]! })
      .png()
      .toBuffer();
    const control = Buffer.alloc(20);
    control.writeUInt32BE(8, 0);
    control.write("acTL", 4);
    control.writeUInt32BE(3, 8);
    await writeFile(at("moving.png"), Buffer.concat([png.subarray(0, 33), control, png.subarray(33)]));
    for (const name of ["moving.webp", "pages.tiff", "moving.png"])
      assert.equal((await probeMedia(at(name))).laterPictures, 2, name);
    assert.match((await analyse("moving.webp")).analysis.summary.notes.join(), /2 more pictures/);
    assert.equal((await probeMedia(at("photo.png"))).laterPictures, undefined);
  });

  it("of a folder are each read by itself, in the order of their names, at their own pixels", async () => {
    const { analysis, lines } = await analyse("set");
    assert.deepEqual(
      lines.map(({ file }) => file),
      ["1.png", "2.jpg", "10.jpg"],
    );
    const alone = (await analyse("set/2.jpg")).lines[0]!.faces;
    const together = lines[1]!.faces;
    assert.equal(together.length, alone.length);
    for (const { box } of alone)
      assert.ok(
        together.some((other) => other.box.every((side, i) => Math.abs(side - box[i]!) < 4)),
        `no face at ${box.join()}`,
      );
    assert.match(analysis.summary.notes.join(), /3 pictures, each read by itself/);
    assert.deepEqual([analysis.events, analysis.tracks[0]?.blinks], [[], undefined]);
  });

  it("are refused where there is nothing to read, with what to do", async () => {
    await assert.rejects(analyse("empty"), { code: "media_unsupported", message: /without pictures/ });
    await assert.rejects(analyse("photo.png", "evm"), { code: "invalid_request", message: /multimodal/ });
    const head = Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1");
    await writeFile(at("phone.heic"), Buffer.concat([head, await readFile(at("photo.png"))]));
    await assert.rejects(probeMedia(at("phone.heic")), (error: { message: string }) => {
      assert.doesNotMatch(error.message, /damaged/);
      return true;
    });
  });

  it("of a labelled set are measured whatever their kind, and a HEIC is named as one", async () => {
    for (const label of ["happy", "neutral"]) await mkdir(at("labelled", label), { recursive: true });
    await copyFile(at("photo.webp"), at("labelled/happy/a.webp"));
    await copyFile(at("photo.avif"), at("labelled/neutral/b.avif"));
    await copyFile(at("phone.heic"), at("labelled/neutral/c.heic"));
    const { code, stdout, stderr } = await edin([
      ...["evaluate", "expression", at("labelled"), "--faces", "detect", "--device", "cpu"],
    ]);
    assert.equal(code, 0, stderr);
    const { n, unreadable } = JSON.parse(stdout) as {
      n: number;
      unreadable: { count: number; files: { path: string; code: string; reason: string }[] };
    };
    assert.deepEqual([n, unreadable.count], [2, 1]);
    const [heic] = unreadable.files;
    assert.deepEqual(
      [heic?.code, /HEIC/.test(heic!.reason)],
      ["media_unsupported", true],
      JSON.stringify(heic),
    );
  });
});
