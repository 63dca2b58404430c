import assert from "node:assert/strict";
import type { AudioChunk } from "../../../daemon/media/frame.ts";
import { OffsetRemover, withoutOffset } from "../../../daemon/media/offset.ts";

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

describe("a constant in sound as it comes", () => {
  const sampleRateHz = 16_000;
  async function* live(samples: Float32Array, each: number): AsyncGenerator<AudioChunk> {
    for (let at = 0; at < samples.length; at += each) {
      const timeMs = (1000 * at) / sampleRateHz;
      yield { timeMs, sampleRateHz, samples: await Promise.resolve(samples.slice(at, at + each)) };
    }
  }
  const tone = (constant: number): Float32Array =>
    Float32Array.from(
      { length: 8000 },
      (_, i) => 0.3 * Math.sin((2 * Math.PI * 200 * i) / sampleRateHz) + constant,
    );

  it("is the same as in the clip that is recorded, however short its pieces are, and what is recorded keeps it", async () => {
    const clip = tone(0.4);
    const whole = new OffsetRemover(1);
    whole.remove(clip);
    for (const each of [160, 4001, 8000]) {
      const given = tone(0.4);
      const remover = new OffsetRemover(1);
      const heard: number[] = [];
      for await (const { timeMs, samples } of withoutOffset(live(given, each), remover)) {
        assert.equal(Math.round((timeMs * sampleRateHz) / 1000), heard.length);
        heard.push(...samples);
      }
      assert.ok(heard.length === clip.length && heard.every((value, i) => Math.abs(value - clip[i]!) < 1e-3));
      assert.ok(Math.abs(remover.largest - whole.largest) < 1e-3);
      assert.deepEqual(given, tone(0.4));
    }
  });

  it("of less than a quarter of a second is heard all the same", async () => {
    const remover = new OffsetRemover(1);
    let count = 0;
    for await (const { samples } of withoutOffset(live(tone(0.4).slice(0, 800), 160), remover))
      count += samples.length;
    assert.equal(count, 800);
    assert.ok(remover.largest > 0.3);
  });
});
