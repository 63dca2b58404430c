import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const deploy = path.join(import.meta.dirname, "../../../deploy");

describe("the units for systemd", () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(path.join(os.tmpdir(), "edin-units-"))));
  after(() => rm(folder, { recursive: true }));

  it("are what systemd understands", async function () {
    this.timeout(60_000);
    const names = (await readdir(deploy)).filter((name) => name.endsWith(".service"));
    assert.deepEqual(names.sort(), ["edin-worker.service", "edin.service"]);
    for (const name of names) {
      const text = await readFile(path.join(deploy, name), "utf8");
      // Node lies elsewhere on this machine, and systemd wants to see it.
      const file = path.join(folder, name);
      await writeFile(file, text.replaceAll("/usr/bin/node", process.execPath));
      const { stdout, stderr } = await run("systemd-analyze", ["verify", "--man=no", file]);
      assert.equal(stdout + stderr, "", name);
    }
  });
});
