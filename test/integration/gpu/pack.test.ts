import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { makePhotoClip } from "../../support/photoClip.ts";
import type { Report } from "../../gpu/report.ts";

const run = promisify(execFile);
/** The software Vulkan driver that Debian's chromium package brings. */
const softwareDriver = "/usr/lib/chromium/vk_swiftshader_icd.json";

/**
 * The pack for a machine with a graphics card, as far as a machine without one tries it: a few frames, which a software driver reads in a
 * minute. Packed at the quickest level, where it is a fifth larger than at that of pack.ts, which refuses more than 64 MiB.
 */
describe("the pack for a machine with a graphics card", function () {
  this.timeout(600_000);
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(os.tmpdir(), "edin-gpu-test-"))));
  after(() => rm(folder, { recursive: true, force: true }));

  it("runs in an empty folder without Node, ffmpeg or EDIN, and holds the card's results against the cpu's", async () => {
    const clip = await makePhotoClip(path.join(folder, "clip.mp4"), 0.08);
    const file = path.join(folder, "pack.tar.xz");
    const pack = ["--import=tsx", path.join(import.meta.dirname, "../../gpu/pack.ts"), clip, "--out", file];
    await run(process.execPath, [...pack, "--seconds", "0.08", "--level", "0"]);
    assert.ok((await stat(file)).size < 72 * 2 ** 20);

    await run("tar", ["-xJf", file, "-C", folder]);
    const driver = existsSync(softwareDriver) ? ["--driver", softwareDriver] : [];
    const args = [path.join(folder, "edin-gpu/run.sh"), "--out", path.join(folder, "out"), "--rounds", "1"];
    const env = { PATH: "/usr/bin:/bin" };
    const { stdout } = await run("sh", [...args, "--most", "0", ...driver], { cwd: folder, env });
    const report = JSON.parse(await readFile(path.join(folder, "out/report.json"), "utf8")) as Report;
    assert.equal(stdout, await readFile(path.join(folder, "out/report.txt"), "utf8"));
    assert.ok(
      report.verified.webgpu.every(({ ok }) => ok),
      stdout,
    );
    assert.deepEqual(
      report.verified.webgpu.map(({ provider }) => provider),
      report.verified.webgpu.map(() => "webgpu"),
    );
    assert.ok(report.agreement.frames >= 2);
    assert.equal(report.agreement.holds, true, stdout);
    for (const speeds of Object.values(report.framesPerSecond))
      assert.ok(speeds.length === 1 && speeds[0]! > 0);
    assert.deepEqual(
      report.stages.webgpu.map(({ name }) => name),
      report.stages.cpu.map(({ name }) => name),
    );
  });
});
