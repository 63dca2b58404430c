import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { isMediaName, isPictureName, mediaEndings, mediaType } from "../../shared/mediaTypes.ts";

describe("names of clips", () => {
  for (const [name, offered, type] of [
    ["a.MP4", true, "video/mp4"],
    ["/folder.d/voice.opus", true, "audio/ogg"],
    ["main.ts", false, "video/mp2t"],
    ["page.html", false, "application/octet-stream"],
    ["constructor", false, "application/octet-stream"],
    ["/folder.mp4/readme", false, "application/octet-stream"],
  ] as const) {
    it(`${name} is ${offered ? "" : "not "}offered and is ${type}`, () => {
      assert.deepEqual([isMediaName(name), mediaType(name)], [offered, type]);
    });
  }

  it("are the same in the editor's explorer as everywhere else", async () => {
    const file = await readFile(path.resolve(import.meta.dirname, "../../package.json"), "utf8");
    const offered = Array.from(
      file.matchAll(/resourceExtname =~ \/\^\\\\\.\(([\w|]+)\)\$\/i/g),
      ([, endings]) => endings!.split("|"),
    );
    const clips = mediaEndings.filter((ending) => !isPictureName(`a.${ending}`));
    const videos = clips.filter((ending) => !mediaType(`a.${ending}`).startsWith("audio/"));
    // Analyse, analyse with, copy without faces, label.
    assert.deepEqual(offered, [[...mediaEndings], clips, videos, clips]);
  });
});
