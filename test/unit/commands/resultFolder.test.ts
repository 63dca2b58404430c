import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { chooseResultFolder, noteSource } from "../../../daemon/commands/resultFolder.ts";

describe("the folder for the results of a clip", () => {
  const before = process.cwd();
  let folder: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(path.join(os.tmpdir(), "edin-folder-")));
    process.chdir(folder);
  });
  afterEach(async () => {
    process.chdir(before);
    await rm(folder, { recursive: true, force: true });
  });
  const clip = (...names: string[]) => path.join(folder, ...names);
  async function analyse(mediaPath: string, out?: string, force = false): Promise<string> {
    const chosen = await chooseResultFolder(mediaPath, out, force);
    await mkdir(chosen, { recursive: true });
    await writeFile(path.join(chosen, "analysis.json"), "{}");
    await noteSource(chosen, mediaPath);
    return path.relative(folder, chosen);
  }

  it("is named after the clip, and after more of its path where that name is another clip's", async () => {
    assert.equal(await analyse(clip("P01", "interview.mp4")), "interview.edin");
    assert.equal(await analyse(clip("P01", "interview.wav")), "interview.wav.edin");
    assert.equal(await analyse(clip("P02", "interview.mp4")), "interview.mp4.edin");
    assert.equal(await analyse(clip("P03", "interview.mp4")), "P03-interview.mp4.edin");
    assert.match(await analyse(clip("more", "P03", "interview.mp4")), /more-P03-interview.mp4.edin$/);
  });

  it("is not replaced unless that is asked for", async () => {
    assert.equal(await analyse(clip("a.mp4")), "a.edin");
    await assert.rejects(analyse(clip("a.mp4")), { code: "conflict", message: /--force/ });
    assert.equal(await analyse(clip("a.mp4"), undefined, true), "a.edin");
    await assert.rejects(analyse(clip("b.mp4"), "a.edin"), { code: "conflict" });
    assert.equal(await analyse(clip("b.mp4"), "a.edin", true), "a.edin");
    assert.equal(await analyse(clip("b.mp4"), "c"), "c");
  });

  it("of unknown origin is left alone", async () => {
    await mkdir(clip("a.edin"));
    await writeFile(clip("a.edin", "analysis.json"), "{}");
    assert.equal(await analyse(clip("a.mp4")), "a.mp4.edin");
  });
});
