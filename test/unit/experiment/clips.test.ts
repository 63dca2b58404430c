import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { findClips, fits } from "../../../daemon/experiment/clips.ts";

describe("patterns of clips", () => {
  const names: [pattern: string, name: string, fits: boolean][] = [
    ["*.mp4", "a.mp4", true],
    ["*.mp4", "a.mp4x", false],
    ["a*b*c", "a-b-b-c", true],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["*", "", true],
    ["a.b", "axb", false],
    ["(a|b)*", "(a|b)1", true],
    // With a regular expression each star tried every way of the others.
    ["*a".repeat(40) + "b", "a".repeat(200), false],
  ];
  for (const [pattern, name, expected] of names)
    it(`${pattern.slice(0, 20)} ${expected ? "fits" : "does not fit"} ${name.slice(0, 20)}`, () =>
      assert.equal(fits(pattern, name), expected));

  it("find each file once, however many ways lead to it", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "edin-clips-"));
    try {
      const deep = path.join(folder, ..."a/b/c/d/e/f/g/h/i/j".split("/"));
      await mkdir(deep, { recursive: true });
      await Promise.all(["x.mp4", "y.mp4"].map((name) => writeFile(path.join(deep, name), "")));
      const found = await findClips(folder, ["**/**/a/**/**/**/*.mp4", "**/*/**/*/**/*/**/*/**/x.mp4"]);
      assert.deepEqual(found, [path.join(deep, "x.mp4"), path.join(deep, "y.mp4")]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
