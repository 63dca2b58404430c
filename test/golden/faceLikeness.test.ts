import assert from "node:assert/strict";
import { createFaceLikenessReader } from "../../daemon/vision/faceLikeness.ts";
import { openProductModels } from "../support/productModels.ts";
import golden from "./faceLikeness.json" with { type: "json" };
import { pattern, patterns, patternSide } from "./faceLikenessPattern.ts";

describe("embeddings of faces against the package's", function () {
  this.timeout(60_000);
  for (const [i, one] of patterns.entries())
    it(`a ${one.name} picture that is the aligned crop itself`, async () => {
      await using models = await openProductModels();
      const model = await models.load("face-likeness");
      const places = model.entry.preprocessing["alignTo"] as [number, number][];
      // Landmarks that lie where the network wants them.
      const landmarks = new Float64Array(136);
      for (const [k, [x, y]] of places.entries())
        landmarks.set([patternSide * x, patternSide * y], 34 + 2 * k);
      const picture = {
        ...{ width: patternSide, height: patternSide, channels: 3 as const },
        data: Uint8Array.from(pattern(one)),
      };
      const read = await createFaceLikenessReader(model).read(picture, landmarks);
      const { embedding } = golden.cases[i]!;
      assert.equal(read.length, embedding.length);
      for (const [k, value] of read.entries())
        assert.ok(Math.abs(value - embedding[k]!) <= 1e-3, `value ${k} is ${value}, not ${embedding[k]!}`);
    });
});
