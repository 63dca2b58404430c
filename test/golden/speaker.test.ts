import assert from "node:assert/strict";
import { createSpeakerReader } from "../../daemon/speech/speaker.ts";
import { openProductModels } from "../support/productModels.ts";
import golden from "./speaker.json" with { type: "json" };

type Case = (typeof golden.cases)[number];

/** As `voice` of scripts/speaker.py. */
function voice({ hertz, formant, seconds, level }: Case): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * 16_000) }, (_, i) => {
    const t = i / 16_000;
    let tone = 0;
    for (let k = 1; k < 25; k++) {
      const at = k * hertz;
      tone += (Math.sin(2 * Math.PI * at * t) / k) * Math.exp(-(((at - formant) / 700) ** 2));
    }
    return level * tone * (0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * t));
  });
}

describe("embeddings of voices against the package's", function () {
  this.timeout(60_000);
  for (const one of golden.cases)
    it(`a voice that is ${one.name}`, async () => {
      await using models = await openProductModels();
      const read = await createSpeakerReader(await models.load("speaker")).read(voice(one));
      assert.equal(read.length, one.embedding.length);
      read.forEach((value, i) =>
        assert.ok(
          Math.abs(value - one.embedding[i]!) <= 2e-3,
          `value ${i} is ${value}, not ${one.embedding[i]!}`,
        ),
      );
    });
});
