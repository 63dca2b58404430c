import assert from "node:assert/strict";
import { access, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { trainingEventSchema } from "../../../shared/protocol/training.ts";
import { makePictures } from "../../support/madeUpPictures.ts";
import { edin } from "../edin.ts";

/** A graphics card in software, as Chromium brings it. */
const softwareDriver = "/usr/lib/chromium/vk_swiftshader_icd.json";

// The package weighs more than EDIN: .ci/run installs it and names its folder.
describe("edin train with WebGPU", function () {
  this.timeout(600_000);
  let folder = "";
  before(async function () {
    const packages = process.env["EDIN_TEST_WEBGPU"];
    const isHere = await access(softwareDriver).then(
      () => packages !== undefined,
      () => false,
    );
    if (!isHere) return this.skip();
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-webgpu-"));
    await mkdir(path.join(folder, "node_modules"));
    const entry = createRequire(path.join(packages!, "package.json")).resolve("webgpu");
    await symlink(path.dirname(entry), path.join(folder, "node_modules/webgpu"));
    await makePictures(path.join(folder, "set"), { each: 8 });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Where a small network of our own layers learned, and its losses. */
  async function train(device: string) {
    const file = path.join(folder, `${device}.training.yaml`);
    const yaml = [
      "title: Where it is bright",
      "data: {path: set, validation: 0.25, subjects: subject}",
      "network: {backbone: compact, width: 0.25, input: 32}",
      "augment: {flip: false}",
      // A software driver takes seconds a step.
      "train: {epochs: 2, batch: 32, rate: 0.01}",
      "backend: tfjs",
    ];
    await writeFile(file, yaml.join("\n"));
    const { code, stdout, stderr } = await edin(
      ["train", file, "--device", device, "--json", "--no-import"],
      { EDIN_DATA_DIR: folder, VK_ICD_FILENAMES: softwareDriver },
    );
    assert.equal(code, 0, stderr);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => trainingEventSchema.parse(JSON.parse(line)));
    return {
      backend: events.find((event) => event.type === "backend")!,
      losses: events.flatMap((event) => (event.type === "epoch" ? [event.trainLoss] : [])),
    };
  }

  it("learns what WebAssembly learns, from the same numbers", async () => {
    const there = await train("webgpu");
    assert.equal(there.backend.device, "webgpu");
    assert.match(there.backend.reason, /webgpu is installed: SwiftShader/);
    const here = await train("cpu");
    assert.equal(here.backend.device, "wasm");
    assert.deepEqual([there.losses.length, here.losses.length], [2, 2]);
    // Sums in another order: the same nearly to the last digit.
    there.losses.forEach((loss, i) =>
      assert.ok(Math.abs(loss - here.losses[i]!) < 1e-3, `${loss} ${here.losses[i]}`),
    );
  });

  it("is left out where there is only a software driver, and says so", async () => {
    const { backend } = await train("auto");
    assert.equal(backend.device, "wasm");
    assert.match(backend.reason, /webgpu has only a software driver \(SwiftShader/);
  });
});
