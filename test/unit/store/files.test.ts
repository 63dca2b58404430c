import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeFolder } from "../../../daemon/store/files.ts";

describe("making folders", () => {
  let place: string;
  before(async () => (place = await mkdtemp(path.join(tmpdir(), "edin-folders-"))));
  after(() => rm(place, { recursive: true }));

  it("makes those above it too, for the user alone, and is content with what is there", async () => {
    const folder = path.join(place, "a", "b", "c");
    for (let again = 0; again < 2; again++) {
      await makeFolder(folder);
      for (const one of [folder, path.dirname(folder)]) assert.equal((await stat(one)).mode & 0o777, 0o700);
    }
  });

  it("refuses a file in the way", async () => {
    const file = path.join(place, "file");
    await writeFile(file, "");
    await assert.rejects(makeFolder(file), { code: "EEXIST" });
    await assert.rejects(makeFolder(path.join(file, "below")), { code: "ENOTDIR" });
  });

  if (process.platform === "linux")
    it("ends where a file system takes no folders", async () => {
      await assert.rejects(makeFolder("/proc/edin/results"), /cannot be made/);
    });
});
