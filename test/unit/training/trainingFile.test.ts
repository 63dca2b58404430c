import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { trainingSchema } from "../../../shared/protocol/training.ts";
import { findFaults } from "../../../extension/files/faults.ts";
import { suggestionsAt } from "../../../extension/files/suggestions.ts";
import { networkId, planTraining } from "../../../daemon/training/trainingFile.ts";

describe("training files", () => {
  it("fill in every default", () => {
    const [{ training, settings } = assert.fail()] = planTraining({ title: "T", data: { path: "set" } });
    assert.deepEqual(settings, {});
    assert.equal(training.task, "expression");
    assert.deepEqual([training.network.backbone, training.network.hidden], ["head", 0]);
    assert.deepEqual(training.train.seeds, [1]);
  });

  it("may be the thesis's whole example", () => {
    const ways = planTraining({
      title: "Denoised training set, template 3",
      task: "expression",
      data: { path: "rafdb", validation: 0.15, subjects: "subject", balance: true },
      denoise: { method: "nlm", template: 3, search: 21, h: 10, hColor: 10 },
      network: { backbone: "vgg16", width: 0.25, input: 64 },
      augment: { flip: true, rotateDeg: 15, scale: 0.15, noise: 0.02, pitch: 2, speed: 0.1 },
      train: { epochs: 30, batch: 64, optimizer: "adamw", rate: 0.001, seeds: [1, 2, 3], stopAfter: 6 },
      backend: "auto",
      grid: { "denoise.template": [0, 3, 5, 7, 11, 13] },
    });
    assert.deepEqual(
      ways.map(({ training }) => training.denoise?.template),
      [0, 3, 5, 7, 11, 13],
    );
    assert.equal(ways[0]!.training.backend, "auto");
  });

  it("make one run of each combination of the grid", () => {
    const ways = planTraining({
      title: "T",
      data: { path: "set" },
      grid: { "network.hidden": [0, 32], "train.rate": [0.1, 0.01, 0.001] },
    });
    assert.equal(ways.length, 6);
    assert.deepEqual(ways[4]!.settings, { "network.hidden": 32, "train.rate": 0.01 });
    assert.deepEqual([ways[4]!.training.network.hidden, ways[4]!.training.train.rate], [32, 0.01]);
  });

  for (const [what, grid] of [
    ["an unknown path", { "network.depth": [1] }],
    ["a value that is none", { "train.epochs": [10, "many"] }],
    ["too many ways", { "data.seed": [...Array(20).keys()], "train.batch": [1, 2, 3, 4] }],
  ] as const)
    it(`refuse a grid with ${what}`, () => {
      const asked = { title: "T", data: { path: "set" }, grid };
      assert.throws(() => planTraining(asked), { code: "invalid_training" });
    });

  for (const [what, asked] of [
    ["changes of pictures for a head", { augment: { flip: true } }],
    ["a network for pictures that is to hear", { task: "speech", network: { backbone: "compact" } }],
    ["a backend that lacks the network", { backend: "tfjs", network: { backbone: "vgg16" } }],
    ["a head learned by PyTorch", { backend: "pytorch" }],
    ["sounds without picture noise", { task: "sounds", denoise: {} }],
    ["squares without a middle", { denoise: { template: 4 } }],
    ["eyes that are to be found", { task: "eye-state", data: { path: "set", faces: "detect" } }],
  ] as const)
    it(`refuse ${what}`, () => {
      assert.throws(() => planTraining({ title: "T", data: { path: "set" }, ...asked }), {
        code: "invalid_training",
      });
    });

  for (const [name, id] of [
    ["/a/My faces.training.yaml", "my-faces"],
    ["Gesichter-Öl.training.json", "gesichter-o-l"],
    ["???.yaml", "training"],
  ] as const)
    it(`name the network of ${name} ${id}`, () => assert.equal(networkId(name), id));

  it("are told their faults and offered their keys as they are written", () => {
    assert.deepEqual(findFaults("title: T\ndata: {path: set}\n", trainingSchema), []);
    const [fault] = findFaults("title: T\ndata: {path: set}\nnetwork: {backbone: heads}\n", trainingSchema);
    assert.equal(fault?.fix?.text, "head");
    const offered = suggestionsAt("title: T\nnetwork:\n  ", trainingSchema, []).map(({ label }) => label);
    assert.ok(offered.includes("backbone") && offered.includes("hidden"), offered.join());
  });

  it("have a JSON schema for editors that is up to date (EDIN_REWRITE=1 writes it)", async () => {
    const file = path.join(import.meta.dirname, "../../../extension/schemas/training.schema.json");
    const schema = z.toJSONSchema(trainingSchema, { io: "input", target: "draft-7" });
    const now = `${JSON.stringify(schema, undefined, 2)}\n`;
    if (process.env["EDIN_REWRITE"] === "1") await writeFile(file, now);
    assert.equal(await readFile(file, "utf8"), now);
  });
});
