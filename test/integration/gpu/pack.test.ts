import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { makePhotoClip } from "../../support/photoClip.ts";
import type { Report } from "../../gpu/report.ts";

const run = promisify(execFile);
/**
 * Tried over the processor, in half a minute. EDIN_SOFTWARE_DRIVER names a note of a software Vulkan driver, such as that of Debian's chromium,
 * /usr/lib/chromium/vk_swiftshader_icd.json, which takes minutes for two frames.
 */
const driver = process.env["EDIN_SOFTWARE_DRIVER"];

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
    // At the quickest level; pack.ts refuses more than 64 MiB at the usual one, where it is a fifth smaller.
    assert.ok((await stat(file)).size < 72 * 2 ** 20);

    await run("tar", ["-xJf", file, "-C", folder]);
    const card = driver === undefined ? ["--device", "cpu"] : ["--driver", driver];
    const args = [path.join(folder, "edin-gpu/run.sh"), "--out", path.join(folder, "out"), "--rounds", "1"];
    const env = { PATH: "/usr/bin:/bin" };
    const { stdout } = await run("sh", [...args, "--most", "2", ...card], { cwd: folder, env });
    const report = JSON.parse(await readFile(path.join(folder, "out/report.json"), "utf8")) as Report;
    assert.equal(stdout, await readFile(path.join(folder, "out/report.txt"), "utf8"));
    const served = report.verified.card.map(({ ok, provider }) => ok && provider === report.device);
    assert.deepEqual(served, Array<boolean>(7).fill(true), stdout);
    assert.ok(report.agreement.frames >= 2 && report.agreement.holds, stdout);
    const names = (side: "card" | "cpu") => report.stages[side].map(({ name }) => name);
    assert.deepEqual(names("card"), names("cpu"));
    assert.ok(names("card").includes("expression"));
    assert.ok(report.batches.card!.some(({ together }) => together === 2));
  });
});
