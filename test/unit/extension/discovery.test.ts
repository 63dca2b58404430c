import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { findDaemon } from "../../../extension/daemon/discovery.ts";

describe("the daemon of a data folder", () => {
  let folder = "";
  before(async () => (folder = await mkdtemp(path.join(os.tmpdir(), "edin-discovery-"))));
  after(() => rm(folder, { recursive: true }));

  const discovery = { version: 1, pid: process.pid, url: "http://127.0.0.1:4000", token: "t".repeat(43) };
  const write = (content: string) => writeFile(path.join(folder, "daemon.json"), content);

  it("is found by its file while its process lives", async () => {
    assert.equal(await findDaemon(folder), undefined);
    await write(JSON.stringify(discovery));
    assert.deepEqual(await findDaemon(folder), discovery);
  });

  it("is none when the process is gone or the file is not whole", async () => {
    for (const content of [
      JSON.stringify({ ...discovery, pid: 2 ** 22 + 1 }),
      JSON.stringify({ ...discovery, version: 2 }),
      '{"version": 1, "pi',
      "",
    ]) {
      await write(content);
      assert.equal(await findDaemon(folder), undefined, content);
    }
  });
});
