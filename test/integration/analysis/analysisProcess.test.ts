import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { AnalysisProcess, type AnalysisSetup } from "../../../daemon/analysis/analysisProcess.ts";
import { createLog } from "../../../daemon/log.ts";
import { childEnvironment, loadConfig } from "../../../daemon/config.ts";
import { findFfmpeg } from "../../../daemon/media/ffmpeg.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { until } from "../../support/until.ts";

describe("the process of an analysis", () => {
  let folder: string;
  let setup: AnalysisSetup;
  let mediaPath: string;
  const lines: string[] = [];
  const log = createLog("info", (line) => lines.push(line)).with({ job: "1" });
  before(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-process-"));
    const { modelsDir, userModelsDir } = loadConfig({ dataDir: path.join(folder, "data") }, {});
    const ffmpeg = await findFfmpeg({}, childEnvironment());
    setup = { modelsDir, userModelsDir, device: "cpu", ffmpeg, maxBytes: 2 ** 33 };
    mediaPath = await makePhotoClip(path.join(folder, "clip.mp4"), 20);
  });
  after(() => rm(folder, { recursive: true }));

  /** Begins one, and kills or stops it as soon as it says that it reads frames. */
  async function begin(
    name: string,
    more: Partial<AnalysisSetup>,
    atWork: (stop: AbortController) => unknown,
  ) {
    const analysis = new AnalysisProcess(createLog("silent"));
    const stop = new AbortController();
    const outDir = path.join(folder, name);
    await mkdir(outDir);
    try {
      await analysis.run(
        { id: name, mediaPath, outDir, pipeline: "multimodal", config: {} },
        { ...setup, ...more },
        {
          signal: stop.signal,
          log,
          onProgress: ({ frames }) => {
            if (frames > 0) atWork(stop);
          },
        },
      );
    } finally {
      await analysis.close();
      assert.equal(analysis.alive, false);
    }
  }

  it("that dies ends one analysis, as interrupted, and leaves no decoder behind", async function () {
    this.timeout(120_000);
    let victims: Promise<Child[]> | undefined;
    const kill = async () => {
      const all = await processes();
      const ours = all.find(
        (one) => one.parent === process.pid && one.command.includes("analysisProcessMain"),
      )!;
      const decoders = all.filter(({ parent }) => parent === ours.pid);
      process.kill(ours.pid, "SIGKILL");
      return decoders;
    };
    await assert.rejects(
      begin("dies", {}, () => (victims ??= kill())),
      { code: "interrupted" },
    );
    const decoders = await victims!;
    assert.ok(decoders.length > 0);
    await until(async () => {
      const left = await processes();
      return !left.some(({ pid, command }) =>
        decoders.some((one) => one.pid === pid && one.command === command),
      );
    }, 30_000);
  });

  it("that needs more memory than it may ends with what to do", async function () {
    this.timeout(120_000);
    await assert.rejects(
      begin("fat", { maxBytes: 2 ** 20 }, () => undefined),
      {
        code: "media_too_large",
        message: /memory.*--jobs/,
      },
    );
  });

  it("says what it does in the log of its job, the words of a runtime that is no log as well", async function () {
    this.timeout(120_000);
    lines.length = 0;
    await begin("speaks", {}, () => undefined);
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      said.map(({ event }) => event),
      ["analysis_begun", "analysis_read"],
    );
    for (const { job, pid } of said) {
      assert.equal(job, "speaks");
      assert.notEqual(pid, process.pid);
    }
  });

  it("stops when it is told to", async function () {
    this.timeout(120_000);
    const reason = new Error("enough");
    await assert.rejects(
      begin("stops", {}, (stop) => stop.abort(reason)),
      reason,
    );
  });
});

interface Child {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The processes of this machine. */
async function processes(): Promise<Child[]> {
  const found: Child[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      found.push({ pid: Number(pid), parent, command: await readFile(`/proc/${pid}/cmdline`, "utf8") });
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}
