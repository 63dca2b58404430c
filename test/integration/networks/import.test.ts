import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { findEntry, readManifest } from "../../../daemon/inference/manifest.ts";
import { openModels } from "../../../daemon/inference/models.ts";
import { importModels } from "../../../daemon/networks/importModels.ts";
import { removeModel, useModel } from "../../../daemon/networks/userLibrary.ts";
import { loadNetworks } from "../../../daemon/pipelines/networks.ts";
import { isAppError } from "../../../shared/errors.ts";
import type { ModelEntry, ModelManifest } from "../../../shared/protocol/models.ts";
import { listModels } from "../../../shared/protocol/system.ts";
import { edin } from "../edin.ts";
import { startTestDaemon } from "../testDaemon.ts";
import { until } from "../../support/until.ts";

const modelsDir = path.join(import.meta.dirname, "../../../models");

describe("networks of the user", () => {
  let folder: string;
  let product: ModelManifest;
  let folders: { modelsDir: string; userModelsDir: string };
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-networks-"));
    folders = { modelsDir, userModelsDir: path.join(folder, "data", "models") };
    product = await readManifest({ modelsDir });
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A folder as a recipe leaves it: a network of the product under another id. */
  async function offer(from: string, change: (entry: ModelEntry) => Partial<ModelEntry> = () => ({})) {
    const source = path.join(folder, "offered");
    await rm(source, { recursive: true, force: true });
    await mkdir(source, { recursive: true });
    const entry = findEntry(product, from);
    await cp(path.join(modelsDir, path.dirname(entry.file)), path.join(source, entry.id), {
      recursive: true,
    });
    const offered = { ...entry, id: `my-${entry.id}`, ...change(entry) };
    await writeFile(path.join(source, "manifest.json"), JSON.stringify({ version: 1, models: [offered] }));
    return source;
  }
  const at = (source: string, name: string) => path.join(source, "eye-state-compact", name);
  const refused = (code: "model_refused" | "model_missing" | "conflict", text: RegExp) => (error: unknown) =>
    isAppError(error, code) && text.test(error.message);

  it("takes a network of every task that EDIN brings, and loads it", async function () {
    this.timeout(120_000);
    for (const { id, task } of product.models.filter((entry) => entry.default)) {
      const [entry] = await importModels(folders, await offer(id));
      assert.equal(entry?.id, `my-${id}`);
      await useModel(folders, `my-${id}`, task);
    }
    await using models = await openModels({ ...folders, device: "cpu" });
    assert.deepEqual(models.manifest.leftOut, []);
    for (const { id, task } of product.models.filter((entry) => entry.default))
      assert.equal((await loadNetworks(models, { needs: [task] }))[task].entry.id, `my-${id}`);
    assert.deepEqual(
      (await readdir(folders.userModelsDir)).filter((name) => name.startsWith(".")),
      [],
    );
  });

  const faults: [name: string, change: (entry: ModelEntry) => Partial<ModelEntry>, reason: RegExp][] = [
    ["another task", () => ({ task: "landmarks", labels: [] }), /the task wants \[any, 136\]/],
    ["a task with other inputs", () => ({ task: "man" }), /There is no input "face"/],
    ["labels that EDIN does not know", () => ({ labels: ["open", "shut"] }), /labels shut are not known/],
    ["labels that are missing", () => ({ labels: ["open"] }), /wants \[any, 1\]/],
    ["labels of another number", () => ({ labels: ["open", "closed", "open"] }), /wants \[any, 3\]/],
    [
      "logits in place of probabilities",
      ({ outputs }) => ({ outputs: outputs.toReversed() }),
      /"logits" is no probabilities/,
    ],
    ["no preprocessing", () => ({ preprocessing: {} }), /no usable preprocessing/],
    [
      "another input size",
      ({ inputs }) => ({ inputs: [{ ...inputs[0]!, shape: ["n", 3, 32, 32] }] }),
      /input "image" is \[.*48, 48\], not \[n, 3, 32, 32\]/,
    ],
  ];
  for (const [name, change, reason] of faults)
    it(`refuses ${name}, with the reason, and leaves nothing`, async () => {
      const source = await offer("eye-state-compact", change);
      await assert.rejects(importModels(folders, source), refused("model_refused", reason));
      assert.deepEqual(await readdir(folders.userModelsDir), []);
    });

  it("refuses files that are missing, changed, linked or not what they say", async () => {
    let source = await offer("eye-state-compact");
    await rm(at(source, "card.md"));
    await assert.rejects(importModels(folders, source), refused("model_missing", /card\.md is missing/));
    source = await offer("eye-state-compact");
    await appendFile(at(source, "model.onnx"), "x");
    await assert.rejects(importModels(folders, source), refused("model_refused", /not the file that/));
    source = await offer("eye-state-compact");
    await rm(at(source, "figures.json"));
    await symlink("/etc/hostname", at(source, "figures.json"));
    await assert.rejects(importModels(folders, source), refused("model_refused", /link/));
    source = await offer("eye-state-compact");
    await writeFile(at(source, "check.json"), "{}");
    await assert.rejects(importModels(folders, source), refused("model_refused", /stored input and output/));
    await rm(path.join(source, "manifest.json"));
    await assert.rejects(importModels(folders, source), refused("model_missing", /no manifest\.json/));
    const onnx = Buffer.from("not a network");
    source = await offer("eye-state-compact", () => ({
      sha256: createHash("sha256").update(onnx).digest("hex"),
      bytes: onnx.length,
    }));
    await writeFile(at(source, "model.onnx"), onnx);
    await assert.rejects(importModels(folders, source), refused("model_refused", /is not an ONNX file/));
  });

  it("refuses a network whose pictures were scaled outside of it", async () => {
    const source = await offer("eye-state-compact");
    const check = JSON.parse(await readFile(at(source, "check.json"), "utf8")) as {
      inputs: { image: { type: string; base64: string; shape: number[] } };
    };
    const { image } = check.inputs;
    image.type = "float32";
    image.base64 = Buffer.from(
      new Float32Array(image.shape.reduce((a, b) => a * b)).fill(0.5).buffer,
    ).toString("base64");
    await writeFile(at(source, "check.json"), JSON.stringify({ ...check, tolerance: 1000 }));
    await assert.rejects(
      importModels(folders, source),
      refused("model_refused", /EDIN gives pictures as 0 to 255/),
    );
  });

  it("lets nobody take the id of a network of EDIN's, and replaces one of the user's only when told", async () => {
    const own = await offer("eye-state-compact", ({ id }) => ({ id }));
    await assert.rejects(importModels(folders, own), refused("conflict", /another id/));
    const source = await offer("eye-state-compact");
    await importModels(folders, source);
    // The very same again does no harm.
    await importModels(folders, source);
    const other = await offer("eye-state-compact", () => ({ sha256: "0".repeat(64) }));
    await assert.rejects(importModels(folders, other), refused("conflict", /--replace/));
    const renamed = await offer("eye-state-compact", () => ({ title: "Better" }));
    await importModels(folders, renamed, { replace: true });
    assert.equal(findEntry(await readManifest(folders), "my-eye-state-compact").title, "Better");
  });

  it("lists only what can be loaded: a file that changes later takes its network out, and its default back", async () => {
    await importModels(folders, await offer("eye-state-compact"));
    await useModel(folders, "my-eye-state-compact", "eye-state");
    await using models = await openModels({ ...folders, device: "cpu" });
    assert.equal((await models.load("eye-state")).entry.id, "my-eye-state-compact");
    await appendFile(path.join(folders.userModelsDir, "my-eye-state-compact", "model.onnx"), "x");
    await models.refresh();
    const { leftOut } = models.manifest;
    assert.deepEqual(
      leftOut.map(({ id }) => id),
      ["my-eye-state-compact"],
    );
    assert.match(leftOut[0]!.reason, /Import it again/);
    assert.equal((await models.load("eye-state")).entry.id, "eye-state-compact");
    // What is left out can be removed all the same.
    await removeModel(folders, "my-eye-state-compact");
    assert.deepEqual((await readManifest(folders)).leftOut, []);
  });

  it("keeps EDIN's own networks, also where the user's list is damaged", async () => {
    await assert.rejects(removeModel(folders, "eye-state-compact"), refused("conflict", /stays/));
    await assert.rejects(useModel(folders, "eye-state-compact", "gaze"), (error) =>
      isAppError(error, "model_unknown"),
    );
    await mkdir(folders.userModelsDir, { recursive: true });
    await writeFile(path.join(folders.userModelsDir, "manifest.json"), "{");
    const { models, leftOut } = await readManifest(folders);
    assert.deepEqual([models.length, leftOut[0]?.id], [product.models.length, "*"]);
  });

  it("commands change what a daemon offers while it runs, and it says so", async function () {
    this.timeout(120_000);
    await using test = await startTestDaemon({ config: { modelsDir } });
    const EDIN_DATA_DIR = test.place.dataDir;
    const offered = async () => (await test.call(listModels, {})).models;
    const source = await offer("eye-state-compact");
    const imported = await edin(["models", "import", source], { EDIN_DATA_DIR });
    assert.equal(imported.code, 0, imported.stderr);
    assert.match(imported.stdout, /edin models use my-eye-state-compact --for eye-state/);
    assert.ok((await offered()).some(({ id, origin }) => id === "my-eye-state-compact" && origin === "user"));
    const used = await edin(["models", "use", "my-eye-state-compact", "--for", "eye-state"], {
      EDIN_DATA_DIR,
    });
    assert.equal(used.code, 0, used.stderr);
    await until(async () =>
      (await offered()).some(({ id, default: isDefault }) => id === "my-eye-state-compact" && isDefault),
    );
    const listed = await edin(["models", "list"], { EDIN_DATA_DIR });
    assert.match(listed.stdout, /^my-eye-state-compact +eye-state \* +you/m);
    const removed = await edin(["models", "remove", "my-eye-state-compact"], { EDIN_DATA_DIR });
    assert.match(removed.stdout, /eye-state is served by eye-state-compact/);
    assert.ok(!(await offered()).some(({ origin }) => origin === "user"));
  });
});
