import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { ClipHash } from "../../../daemon/analysis/clipHash.ts";
import { sniffMedia } from "../../../daemon/media/sniff.ts";

describe("a clip at the start of its analysis", () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(os.tmpdir(), "edin-hash-"))));
  after(() => rm(folder, { recursive: true }));
  const sha256 = (data: Buffer | string): string => createHash("sha256").update(data).digest("hex");
  const never = new AbortController().signal;

  it("is hashed beside its analysis, which can tell how far that is", async () => {
    const data = Buffer.alloc(300_000, 7);
    const file = path.join(folder, "clip");
    await writeFile(file, data);
    await using hash = new ClipHash([file], data.length);
    assert.equal(await hash.value(never, () => undefined, 50), sha256(data));
    assert.equal(hash.share, 1);
  });

  it("has the hash of names and contents where it is a folder of pictures", async () => {
    const files = ["a", "b"].map((name) => path.join(folder, name));
    for (const file of files) await writeFile(file, path.basename(file));
    await using hash = new ClipHash(files, 2);
    const expected = sha256(`a ${sha256("a")}\nb ${sha256("b")}\n`);
    assert.equal(await hash.value(never, () => undefined, 50), expected);
  });

  it("ends with the analysis: by its abort, and when the clip is gone", async () => {
    const file = path.join(folder, "aborted");
    await writeFile(file, Buffer.alloc(50_000_000));
    await using hash = new ClipHash([file], 50_000_000);
    await assert.rejects(hash.value(AbortSignal.abort(new Error("cancelled")), () => undefined, 50));
    await using lost = new ClipHash([path.join(folder, "none")], 1);
    await assert.rejects(
      lost.value(never, () => undefined, 50),
      { code: "ENOENT" },
    );
  });

  it("has its head read once, and again when the file is another", async () => {
    const file = path.join(folder, "sound.flac");
    await writeFile(file, "fLaC and more");
    const first = await sniffMedia(file);
    assert.equal(await sniffMedia(file), first);
    await writeFile(file, "OggS and other content");
    assert.equal((await sniffMedia(file)).container, "ogg");
  });
});
