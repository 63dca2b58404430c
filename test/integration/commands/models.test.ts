import assert from "node:assert/strict";
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { verifyModels } from "../../../daemon/inference/verify.ts";
import { edin } from "../edin.ts";

const fixtures = path.join(import.meta.dirname, "../../fixtures/models");

describe("edin models", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "edin-verify-"));
    await cp(fixtures, folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Replaces text in a file of the copied folder. */
  async function replace(file: string, from: string | RegExp, to: string): Promise<void> {
    const text = await readFile(path.join(folder, file), "utf8");
    assert.notEqual(text.replace(from, to), text);
    await writeFile(path.join(folder, file), text.replace(from, to));
  }

  it("verify passes networks that are right, and fails with exit code 1 when one was changed", async () => {
    const EDIN_MODELS_DIR = folder;
    const right = await edin(["models", "verify"], { EDIN_MODELS_DIR });
    assert.equal(right.code, 0, right.stderr);
    assert.match(right.stdout, /^tiny +ok +cpu/m);
    await appendFile(path.join(folder, "tiny/model.onnx"), "x");
    const changed = await edin(["models", "verify", "--json"], { EDIN_MODELS_DIR });
    assert.equal(changed.code, 1);
    const report = JSON.parse(changed.stdout) as { ok: boolean; models: { code?: string }[] };
    assert.equal(report.ok, false);
    assert.equal(report.models[0]?.code, "model_changed");
  });

  const faults: [name: string, file: string, from: string | RegExp, to: string, code: string][] = [
    ["a manifest that names another input", "manifest.json", '"image"', '"picture"', "model_refused"],
    ["a manifest with another input size", "manifest.json", /3,\s*16,\s*16/, "3, 8, 8", "model_refused"],
    ["a manifest with another output size", "manifest.json", /"n",\s*8\]/, '"n", 7]', "model_refused"],
    [
      "another stored output",
      "tiny/check.json",
      /("probabilities"[^}]*"base64": ")....../,
      "$1AACAPw",
      "model_failed",
    ],
    [
      "a stored output of NaN",
      "tiny/check.json",
      /("probabilities"[^}]*"base64": ")....../,
      "$1AADAfw",
      "model_failed",
    ],
    ["a stored pair that is not JSON", "tiny/check.json", "{", "", "model_failed"],
    ["a missing card", "manifest.json", "tiny/card.md", "tiny/lost.md", "model_missing"],
  ];
  for (const [name, file, from, to, code] of faults)
    it(`verify finds ${name}`, async () => {
      await replace(file, from, to);
      const [found] = await verifyModels({ modelsDir: folder }, "cpu");
      assert.equal(found?.ok, false);
      assert.equal(found.code, code);
    });

  it("list and show print what the manifest says", async () => {
    const listed = await edin(["models", "list"], { EDIN_MODELS_DIR: folder });
    assert.match(listed.stdout, /^tiny +expression \*/m);
    const shown = await edin(["models", "show", "expression", "--json"], { EDIN_MODELS_DIR: folder });
    assert.equal((JSON.parse(shown.stdout) as { id: string }).id, "tiny");
    const unknown = await edin(["models", "show", "nobody"], { EDIN_MODELS_DIR: folder });
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /^model_unknown: /);
  });
});
