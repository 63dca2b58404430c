import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { findClips } from "../../../daemon/experiment/clips.ts";

describe("patterns of clips", () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(os.tmpdir(), "edin-clips-"))));
  after(() => rm(folder, { recursive: true }));

  async function make(...names: string[]): Promise<void> {
    for (const name of names) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), "");
    }
  }
  const find = async (...patterns: string[]): Promise<string[]> =>
    (await findClips(folder, patterns)).map((file) => path.relative(folder, file));

  it("know * and ?, and nothing else: what is special elsewhere stands for itself", async () => {
    await make("n/a-b-b-c", "n/abc", "n/ac", "n/a.b", "n/axb", "n/(a|b)1", "n/[x] {1,2}.mp4", "n/!x.mp4");
    for (const [pattern, expected] of [
      ["n/a*b*c", ["n/a-b-b-c", "n/abc"]],
      ["n/a?c", ["n/abc"]],
      ["n/a.b*", ["n/a.b"]],
      ["n/(a|b)*", ["n/(a|b)1"]],
      ["n/[x] {1,2}.*", ["n/[x] {1,2}.mp4"]],
      ["n/!*", ["n/!x.mp4"]],
      ["N/*.MP4", undefined],
      ["n/*.MP4", ["n/!x.mp4", "n/[x] {1,2}.mp4"]],
    ] as const) {
      if (expected === undefined) await assert.rejects(find(pattern), { code: "media_not_found" });
      else assert.deepEqual(await find(pattern), expected, pattern);
    }
  });

  it("find each file once and in the order of their paths, however many ways lead to it", async () => {
    await make("a/b/c/d/e/f/g/x.mp4", "a/b/c/d/e/f/g/y.mp4", "a/b.mp4", "a/z.mp4");
    const deep = "a/b/c/d/e/f/g";
    assert.deepEqual(await find("**/**/a/**/**/**/*.mp4", "**/*/**/*/**/*/**/x.mp4"), [
      "a/b.mp4",
      "a/z.mp4",
      `${deep}/x.mp4`,
      `${deep}/y.mp4`,
    ]);
  });

  it("leave out hidden folders, packages and links to folders, and take links to files", async () => {
    await make("l/real/a.mp4", "l/.hidden/b.mp4", "l/node_modules/c.mp4");
    await symlink(path.join(folder, "l/real"), path.join(folder, "l/linked"));
    await symlink(path.join(folder, "l/real/a.mp4"), path.join(folder, "l/link.mp4"));
    await symlink(path.join(folder, "l/nowhere.mp4"), path.join(folder, "l/lost.mp4"));
    assert.deepEqual(await find("l/**/*.mp4"), ["l/link.mp4", "l/lost.mp4", "l/real/a.mp4"]);
  });

  it("with more stars than anyone writes are refused: each would try every way of the others", async () => {
    await make(`s/${"a".repeat(200)}`);
    await assert.rejects(find(`s/${"*a".repeat(40)}b`), { code: "invalid_config" });
    await assert.rejects(find("s/**/*/**/*/**/*/**/*/**/*"), { code: "invalid_config" });
  });
});
