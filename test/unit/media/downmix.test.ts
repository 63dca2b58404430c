import assert from "node:assert/strict";
import { Downmix } from "../../../daemon/media/downmix.ts";

const blockFrames = 4000;
/** A block of a voice-like tone on each channel, with a factor each. */
function block(start: number, ...factors: number[]): Float32Array {
  const samples = new Float32Array(blockFrames * factors.length);
  for (let i = 0; i < blockFrames; i++)
    for (const [c, factor] of factors.entries())
      samples[i * factors.length + c] = factor * 0.3 * Math.sin(0.05 * (start * blockFrames + i));
  return samples;
}
const power = (samples: Float32Array) => samples.reduce((sum, s) => sum + s * s, 0) / samples.length;

describe("Downmix", () => {
  it("is the mean of channels that are in phase", () => {
    const downmix = new Downmix(2);
    const mixed = downmix.mix(Float32Array.of(0.2, 0.4, -0.5, 0.1));
    assert.deepEqual(
      [...mixed].map((s) => Math.round(1000 * s)),
      [300, -200],
    );
    assert.equal(downmix.inverted, false);
  });

  for (const [name, factors, expected] of [
    ["two that are each other's inverse", [1, -1], 1],
    ["a quieter inverse", [1, -0.5], 0.75],
    ["one of four that is the inverse", [1, 1, -1, 1], 1],
    ["one channel that is silent", [1, 0], 0.5],
  ] as const) {
    it(`keeps the sound of ${name}, from the first block on and without a break`, () => {
      const downmix = new Downmix(factors.length);
      for (let i = 0; i < 6; i++) {
        const mixed = downmix.mix(block(i, ...factors));
        const one = block(i, 1);
        assert.ok(Math.abs(Math.sqrt(power(mixed) / power(one)) - expected) < 0.01, `block ${i}`);
      }
    });
  }

  it("stays as it is when now one channel is louder, now the other", () => {
    const downmix = new Downmix(2);
    let last = 0;
    for (let i = 0; i < 12; i++) {
      const mixed = downmix.mix(block(i, i % 2 === 0 ? 1 : 0.6, i % 2 === 0 ? -0.6 : -1));
      assert.ok(power(mixed) > 0.5 * power(block(i, 0.8)), `block ${i}`);
      assert.ok(Math.abs(mixed[0]! - last) < 0.1, `a click before block ${i}`);
      last = mixed.at(-1)!;
    }
    assert.ok(downmix.inverted);
  });

  it("leaves channels alone that have little to do with each other", () => {
    const downmix = new Downmix(2);
    const samples = Float32Array.from(
      { length: 8000 },
      (_, i) => 0.3 * Math.sin(i % 2 ? 0.05 * i : 0.031 * i),
    );
    downmix.mix(samples);
    assert.equal(downmix.inverted, false);
  });
});
