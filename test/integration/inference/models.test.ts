import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { createHash } from "node:crypto";
import { openModels } from "../../../daemon/inference/models.ts";
import { productModels } from "../../support/productModels.ts";
import { isAppError, type ErrorCode } from "../../../shared/errors.ts";
import { tensorOf, type StoredCheck } from "../../../daemon/inference/check.ts";
import { modelManifestSchema, type ModelEntry } from "../../../shared/protocol/models.ts";

const fixtures = path.join(import.meta.dirname, "../../fixtures/models");
const code = (wanted: ErrorCode) => (error: unknown) => isAppError(error, wanted);

describe("models", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "edin-models-"));
    await cp(fixtures, folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Rewrites the only entry of the manifest. */
  async function change(edit: (entry: ModelEntry) => Partial<ModelEntry>): Promise<void> {
    const file = path.join(folder, "manifest.json");
    const manifest = modelManifestSchema.parse(JSON.parse(await readFile(file, "utf8")));
    manifest.models = manifest.models.map((m) => ({ ...m, ...edit(m) }));
    await writeFile(file, JSON.stringify(manifest));
  }
  async function load(idOrTask = "tiny"): Promise<void> {
    await using models = await openModels({ modelsDir: folder, device: "cpu" });
    await models.load(idOrTask);
  }

  it("runs a network that was found by its task, as the reference does", async () => {
    await using models = await openModels({ modelsDir: folder, device: "cpu" });
    const model = await models.load("expression");
    const check = JSON.parse(await readFile(path.join(folder, model.entry.check), "utf8")) as StoredCheck;
    const { probabilities } = await model.run({ image: tensorOf(check.inputs["image"]!) });
    const expected = tensorOf(check.outputs["probabilities"]!);
    assert.deepEqual(probabilities?.shape, [2, 8]);
    expected.data.forEach((p, i) => assert.ok(Math.abs(p - probabilities.data[i]!) < 1e-4));
  });

  it("runs on the cpu the form that is made for it, and says so", async () => {
    const [tiny] = modelManifestSchema.parse(
      JSON.parse(await readFile(path.join(folder, "manifest.json"), "utf8")),
    ).models;
    const { sha256, bytes, check } = tiny!;
    await cp(path.join(folder, tiny!.file), path.join(folder, "cpu.onnx"));
    const cpu = { file: "cpu.onnx", sha256, bytes, check };
    await change(() => ({ cpu, sha256: "0".repeat(64) }));
    await using models = await openModels({ modelsDir: folder, device: "cpu" });
    const { entry } = await models.load("tiny");
    assert.deepEqual([entry.file, entry.sha256], ["cpu.onnx", sha256]);
    await change(() => ({ sha256, cpu: { ...cpu, sha256: "0".repeat(64) } }));
    await models.refresh();
    await assert.rejects(models.load("tiny"), code("model_changed"));
  });

  it("makes one session for all who load a network, and lets runs overlap with equal results", async () => {
    await using models = await openModels({ modelsDir: folder, device: "cpu" });
    const [a, b] = await Promise.all([models.load("tiny"), models.load("expression")]);
    assert.equal(a, b);
    const image = { data: new Float32Array(768).map((_, i) => (i * 37) % 256), shape: [1, 3, 16, 16] };
    const all = await Promise.all(Array.from({ length: 20 }, () => a.run({ image })));
    for (const { probabilities } of all)
      assert.deepEqual(probabilities?.data, all[0]?.["probabilities"]?.data);
  });

  it("computes on another thread, unless the network is tiny: this one is free meanwhile", async () => {
    await using models = await openModels({ modelsDir: productModels, device: "cpu" });
    const model = await models.load("expression");
    const { name, shape } = model.entry.inputs[0]!;
    const sizes = [200, ...shape.slice(1).map(Number)];
    const data = new Float32Array(sizes.reduce((a, b) => a * b));
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    await model.run({ [name]: { data, shape: sizes } });
    clearInterval(count);
    assert.ok(turns >= 3, `${turns} turns of the event loop while the network ran`);
  });

  it("does not keep a process alive that forgot to close it", async () => {
    const source = path.join(import.meta.dirname, "../../../daemon/inference/models.ts");
    const script = `import { openModels } from ${JSON.stringify(source)};
      const models = await openModels({ modelsDir: ${JSON.stringify(folder)}, device: "cpu" });
      const model = await models.load("tiny");
      await model.run({ image: { data: new Float32Array(768), shape: [1, 3, 16, 16] } });
      console.log("ran");`;
    const args = ["--import", "tsx", "--input-type=module", "-e", script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
    assert.equal(stdout, "ran\n");
  });

  it("waits at disposal for what runs, then refuses", async () => {
    const models = await openModels({ modelsDir: folder, device: "cpu" });
    const model = await models.load("tiny");
    const image = { data: new Float32Array(768), shape: [1, 3, 16, 16] };
    const running = model.run({ image });
    await models[Symbol.asyncDispose]();
    assert.equal((await running)["probabilities"]?.data.length, 8);
    await assert.rejects(model.run({ image }), code("model_failed"));
    await assert.rejects(models.load("tiny"), code("model_failed"));
  });

  it("says `model_failed` for inputs of the wrong shape and goes on", async () => {
    await using models = await openModels({ modelsDir: folder, device: "cpu" });
    const model = await models.load("tiny");
    await assert.rejects(
      model.run({ image: { data: new Float32Array(12), shape: [1, 3, 2, 2, 1] } }),
      code("model_failed"),
    );
    await model.run({ image: { data: new Float32Array(768), shape: [1, 3, 16, 16] } });
  });

  it("ends at the cpu for `auto` where no accelerator serves, with a reason for each", async () => {
    await using models = await openModels({ modelsDir: productModels, device: "auto" });
    const model = await models.load("eye-state");
    const tried = models.fallThrough.map((f) => f.provider);
    const served = ["cuda", "webgpu", "cpu"].indexOf(model.provider);
    assert.deepEqual(tried, ["cuda", "webgpu"].slice(0, served));
    for (const { reason } of models.fallThrough) assert.ok(reason.length > 10, reason);
  });

  it("refuses an unknown id with the known ones", async () => {
    await assert.rejects(
      load("nobody"),
      (error) => isAppError(error, "model_unknown") && error.message.includes("tiny"),
    );
  });

  it("says `model_missing` without manifest or file", async () => {
    await rm(path.join(folder, "tiny/model.onnx"));
    await assert.rejects(load(), code("model_missing"));
    await rm(path.join(folder, "manifest.json"));
    await assert.rejects(load(), code("model_missing"));
  });

  describe("S10: networks that are not ours", () => {
    const file = () => path.join(folder, "tiny/model.onnx");

    it("says `model_changed` when one bit differs, and when the file is cut", async () => {
      const bytes = await readFile(file());
      bytes[bytes.length >> 1]! ^= 1;
      await writeFile(file(), bytes);
      await assert.rejects(load(), code("model_changed"));
      await truncate(file(), 100);
      await assert.rejects(load(), code("model_changed"));
    });

    it("loads the file again once it was put right", async () => {
      const bytes = await readFile(file());
      await using models = await openModels({ modelsDir: folder, device: "cpu" });
      await writeFile(file(), "x");
      await assert.rejects(models.load("tiny"), code("model_changed"));
      await writeFile(file(), bytes);
      await models.load("tiny");
    });

    it("refuses a link in place of the file, even to the right bytes", async () => {
      await rename(file(), path.join(folder, "elsewhere.onnx"));
      await symlink(path.join(folder, "elsewhere.onnx"), file());
      await assert.rejects(load(), code("model_refused"));
    });

    it("refuses a link in place of the folder", async () => {
      await rename(path.join(folder, "tiny"), path.join(folder, "other"));
      await symlink(path.join(folder, "other"), path.join(folder, "tiny"));
      await assert.rejects(load(), code("model_refused"));
    });

    for (const outside of [
      "../model.onnx",
      "tiny/../../model.onnx",
      "/etc/passwd",
      "tiny\\..\\..\\x",
      "a\0b",
    ])
      it(`refuses the path ${JSON.stringify(outside)}`, async () => {
        await change(() => ({ file: outside }));
        await assert.rejects(load(), code("model_refused"));
      });

    it("refuses numbers in other files, even under a hash that the manifest names", async () => {
      // The graph of a network whose initializer `w` lies at /etc/passwd.
      const text = (field: number, value: string) => [field * 8 + 2, value.length, ...Buffer.from(value)];
      const wrap = (field: number, content: number[]) => [field * 8 + 2, content.length, ...content];
      const location = wrap(13, [...text(1, "location"), ...text(2, "/etc/passwd")]);
      const bytes = Uint8Array.from(wrap(7, wrap(5, [...text(8, "w"), ...location, 14 * 8, 1])));
      await writeFile(file(), bytes);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      await change(() => ({ sha256, bytes: bytes.length }));
      await assert.rejects(
        load(),
        (error) => isAppError(error, "model_refused") && error.message.includes("other files"),
      );
    });

    it("refuses a file that is no network, even under a hash that the manifest names", async () => {
      const bytes = Buffer.from("#!/bin/sh\n");
      await writeFile(file(), bytes);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      await change(() => ({ sha256, bytes: bytes.length }));
      await assert.rejects(load(), code("model_refused"));
    });
  });
});
