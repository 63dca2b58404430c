import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import path from "node:path";

/** The software Vulkan driver that Debian's chromium package brings. */
const softwareDriver = "/usr/lib/chromium/vk_swiftshader_icd.json";
const script = path.join(import.meta.dirname, "webgpuRun.ts");

interface Report {
  provider?: string;
  providers?: Record<string, string>;
  code?: string;
  fallThrough: { provider: string; reason: string }[];
  worstDifference?: number;
}

/** In a process of its own: the driver is chosen when the runtime first looks, and a driver may crash. */
async function run(device: string, environment: Record<string, string>): Promise<Report> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, device], {
    env: { ...process.env, ...environment },
    timeout: 140_000,
  });
  return JSON.parse(stdout) as Report;
}

describe("the webgpu provider", function () {
  this.timeout(150_000);

  if (existsSync(softwareDriver)) {
    const software = { VK_ICD_FILENAMES: softwareDriver };

    it("gives the cpu's numbers over a software Vulkan driver", async () => {
      const report = await run("webgpu", software);
      assert.equal(report.provider, "webgpu");
      assert.ok(report.worstDifference! < 1e-5, `differs by ${report.worstDifference!}`);
    });

    it("is passed over by `auto` when it is a software driver that looks like a card", async () => {
      const report = await run("software-card", software);
      assert.equal(report.provider, "cpu");
      assert.match(report.fallThrough.at(-1)!.reason, /slower than the cpu/);
    });
  }

  if (existsSync(softwareDriver))
    it("is computed on by one thread, while tiny networks run on the caller's", async () => {
      const report = await run("together", { VK_ICD_FILENAMES: softwareDriver });
      assert.deepEqual(report.providers, { "eye-state": "webgpu", eec: "cpu" });
      assert.ok(report.worstDifference! < 1e-4, `differs by ${report.worstDifference!}`);
    });

  it("says `device_unavailable` without any driver, and `auto` serves all the same", async () => {
    const none = { VK_ICD_FILENAMES: "/nonexistent.json", VK_DRIVER_FILES: "/nonexistent.json" };
    if (process.platform === "linux") {
      const explicit = await run("webgpu", none);
      assert.equal(explicit.code, "device_unavailable");
    }
    const auto = await run("auto", none);
    assert.ok(auto.provider !== undefined);
    assert.ok(auto.worstDifference! < 1e-5);
    if (auto.provider === "cpu")
      assert.deepEqual(
        auto.fallThrough.map((f) => f.provider),
        ["cuda", "webgpu"],
      );
  });
});
