import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { readManifest } from "../../../daemon/inference/manifest.ts";
import { readModelCard } from "../../../daemon/inference/modelCard.ts";
import { isPictureName } from "../../../shared/mediaTypes.ts";

const modelsDir = path.resolve(import.meta.dirname, "../../../models");

describe("the cards of the product's networks", () => {
  it("show every picture that lies beside them, and link to cards and pages that there are", async () => {
    const { models } = await readManifest({ modelsDir });
    assert.ok(models.length > 20);
    const ids = new Set(models.map(({ id }) => id));
    for (const model of models) {
      const { card, pictures } = await readModelCard(modelsDir, model);
      const beside = (await readdir(path.join(modelsDir, path.dirname(model.card)))).filter(isPictureName);
      assert.deepEqual(Object.keys(pictures).sort(), beside.sort(), model.id);
      for (const [, mark, target] of card.matchAll(/(!?)\[[^\]]*\]\(([^)\s]+)\)/g)) {
        if (mark === "!") assert.ok(Object.hasOwn(pictures, target!), `${model.id}: ${target!}`);
        else if (!/^https?:\/\//.test(target!)) {
          const [, id] = /^\.\.\/([a-z0-9-]+)\/card\.md$/.exec(target!) ?? [];
          assert.ok(id !== undefined && ids.has(id), `${model.id}: ${target!}`);
        }
      }
    }
  });
});
