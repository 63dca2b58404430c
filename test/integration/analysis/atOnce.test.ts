import assert from "node:assert/strict";
import { mkdtemp, mkdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createRunner } from "../../../daemon/analysis/runner.ts";
import { loadConfig } from "../../../daemon/config.ts";
import { createLog } from "../../../daemon/log.ts";
import { makePhotoClip } from "../../support/photoClip.ts";

describe("analyses at the same time", () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(path.join(os.tmpdir(), "edin-at-once-"))));
  after(() => rm(folder, { recursive: true }));

  it("give the same lines, byte for byte, as one after the other", async function () {
    this.timeout(300_000);
    const mediaPath = await makePhotoClip(path.join(folder, "clip.mp4"), 1);
    const log = createLog("warn");
    await using runner = createRunner(
      loadConfig({ dataDir: path.join(folder, "data"), device: "cpu" }, {}),
      log,
    );
    const lines = async (name: string) => {
      const outDir = path.join(folder, name);
      await mkdir(outDir);
      await runner.run(
        { id: name, mediaPath, outDir, pipeline: "multimodal", config: {} },
        { signal: new AbortController().signal, log, onProgress: () => undefined },
      );
      const texts = ["frames.jsonl", "speech.jsonl", "fused.jsonl"].map((file) =>
        readFile(path.join(outDir, file), "utf8"),
      );
      return (await Promise.all(texts)).join("");
    };
    const alone = await lines("alone");
    assert.ok(alone.length > 1000);
    assert.deepEqual(
      (await Promise.all(["a", "b"].map(lines))).map((text) => text === alone),
      [true, true],
    );
  });
});
