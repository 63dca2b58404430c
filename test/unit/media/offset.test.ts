import assert from "node:assert/strict";
import { OffsetRemover } from "../../../daemon/media/offset.ts";

/** A tone of 200 Hz on the left and silence on the right, each with its constant. */
const stereo = (left: number, right: number): Float32Array =>
  Float32Array.from({ length: 8000 }, (_, i) =>
    i % 2 === 0 ? 0.3 * Math.sin((2 * Math.PI * 200 * (i >> 1)) / 16_000) + left : right,
  );

describe("a constant that a sound card adds", () => {
  it("is taken off, channel by channel, and in every block as in the first", () => {
    const remover = new OffsetRemover(2);
    const plain = stereo(0, 0);
    for (const samples of [stereo(0.4, -0.1), stereo(0.4, -0.1)]) {
      remover.remove(samples);
      assert.ok(samples.every((value, i) => Math.abs(value - plain[i]!) < 1e-3));
    }
    assert.ok(Math.abs(remover.largest - 0.4) < 1e-3);
  });

  it("that is small, or none, leaves every sample as it is", () => {
    const remover = new OffsetRemover(2);
    const [given, plain] = [stereo(0.01, 0), stereo(0.01, 0)];
    remover.remove(given);
    assert.deepEqual(given, plain);
    assert.equal(remover.largest, 0);
  });
});
