import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pipelineKinds } from "../../../daemon/pipelines/list.ts";
import { defaultPipeline, pipelineSchema } from "../../../shared/protocol/pipelines.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const readJson = async (file: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path.join(root, file), "utf8")) as Record<string, unknown>;

describe("the table of pipelines", () => {
  it("has what each of them does", () => {
    assert.deepEqual(Object.keys(pipelineKinds).sort(), [...pipelineSchema.options].sort());
  });

  it("is what the editor's setting offers, in both languages", async () => {
    const { contributes } = (await readJson("package.json")) as {
      contributes: { configuration: { properties: Record<string, Record<string, unknown>> } };
    };
    const setting = contributes.configuration.properties["edin.pipeline"]!;
    assert.deepEqual(setting["enum"], pipelineSchema.options);
    assert.equal(setting["default"], defaultPipeline);
    const texts = pipelineSchema.options.map((name) => `setting.pipeline.${name}`);
    assert.deepEqual(
      setting["enumDescriptions"],
      texts.map((text) => `%${text}%`),
    );
    for (const file of ["package.nls.json", "package.nls.de.json"]) {
      const known = await readJson(file);
      for (const text of texts) assert.ok(known[text], `${file} lacks ${text}`);
    }
  });
});
