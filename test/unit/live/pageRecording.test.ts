import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { PageRecording } from "../../../daemon/live/pageRecording.ts";
import { isAppError } from "../../../shared/errors.ts";

describe("the recording of a capture page", () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(path.join(os.tmpdir(), "edin-pieces-"))));
  after(() => rm(folder, { recursive: true, force: true }));
  const piece = (text: string) => new TextEncoder().encode(text);

  it("acknowledges a piece when it is on the disk, and takes one again that could not be written", async () => {
    const place = path.join(folder, "one");
    // Where its folder should be lies a file: nothing can be written.
    await writeFile(place, "");
    const recording = new PageRecording(path.join(place, "recording.webm"));
    const full = (error: unknown) => isAppError(error, "disk_full");
    await Promise.all([
      assert.rejects(recording.add(0, piece("first "), false), full),
      assert.rejects(recording.add(1, piece("second "), false), full),
    ]);
    await assert.rejects(recording.add(1, piece("second "), false), (error) => isAppError(error, "conflict"));
    await rm(place);
    assert.equal(await recording.add(0, piece("first "), false), 1);
    assert.equal(await recording.add(0, piece("first "), false), 1);
    assert.equal(await recording.add(1, piece("second"), true), 2);
    await recording.complete();
    await recording.close();
    assert.equal(await readFile(recording.path, "utf8"), "first second");
  });
});
