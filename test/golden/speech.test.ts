import assert from "node:assert/strict";
import { logMel, speechSpan } from "../../daemon/speech/logMel.ts";
import { mfcc } from "../../daemon/speech/mfcc.ts";
import logMelGolden from "./logmel.json" with { type: "json" };
import mfccGolden from "./mfcc.json" with { type: "json" };

const floats = (base64: string) => new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) =>
    assert.ok(Math.abs(value - expected[i]!) <= 1e-4, `value ${i} is ${value}, not ${expected[i]!}`),
  );
}

describe("sound features against the recipe's", () => {
  for (const { name, sound, expected, span } of logMelGolden.cases)
    it(`log-mel of ${name}`, () => {
      const features = logMel(floats(sound.base64), logMelGolden.settings);
      assert.deepEqual([features.bands, features.frames], expected.shape);
      assertClose(features.data, floats(expected.base64));
      assert.deepEqual(speechSpan(features, logMelGolden.settings.trimDb), span);
    });

  for (const { name, sound, expected } of mfccGolden.cases)
    it(`MFCC of ${name}`, () => {
      const features = mfcc(floats(sound.base64), mfccGolden.settings);
      assert.deepEqual([features.bands, features.frames], expected.shape);
      assertClose(features.data, floats(expected.base64));
    });
});
