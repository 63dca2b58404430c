import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { designBandPass, gainAt } from "../../daemon/magnification/butterworth.ts";
import { IdealBlock } from "../../daemon/magnification/idealBand.ts";
import { AmplitudeMagnifier } from "../../daemon/magnification/magnifier.ts";
import { PyramidDown, PyramidUp } from "../../daemon/magnification/pyramid.ts";
import { StreamingBand } from "../../daemon/magnification/streamingBand.ts";
import type { Frame } from "../../daemon/media/frame.ts";

interface Golden {
  filters: {
    lowHz: number;
    highHz: number;
    frameRate: number;
    hz: number[];
    gain: number[];
    series: number[];
    filtered: number[];
  }[];
  pyramid: { width: number; height: number; picture: number[]; down: number[]; up: number[] };
  clip: {
    width: number;
    height: number;
    frames: number;
    frameRate: number;
    bandHz: [number, number];
    levels: number;
    alpha: number;
    luma: string;
    at: number[];
    magnified: string[];
  };
  ideal: { lowHz: number; highHz: number; frameRate: number; series: number[]; filtered: number[] }[];
}

const golden = JSON.parse(readFileSync(path.join(import.meta.dirname, "evm.json"), "utf8")) as Golden;

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  assert.equal(a.length, b.length);
  return Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i]!)));
};

describe("magnification against NumPy and SciPy", () => {
  for (const { lowHz, highHz, frameRate, hz, gain, series, filtered } of golden.filters) {
    const name = `${lowHz}..${highHz} Hz at ${frameRate} fps`;
    it(`has the gain of scipy's Butterworth band-pass, ${name}`, () => {
      const sections = designBandPass(2, lowHz, highHz, frameRate);
      assert.ok(
        largestDifference(
          hz.map((f) => gainAt(sections, f, frameRate)),
          gain,
        ) < 1e-9,
      );
    });

    it(`filters a series as scipy.signal.sosfilt does, ${name}`, () => {
      const band = new StreamingBand(designBandPass(2, lowHz, highHz, frameRate), 1);
      const value = new Float32Array(1);
      const answer = series.map((v) => {
        band.step(Float32Array.of(v), value);
        return value[0]!;
      });
      // The state is kept in float32.
      assert.ok(largestDifference(answer, filtered) < 2e-3);
    });
  }

  it("pools and doubles a picture of odd size as the reference pyramid does", () => {
    const { width, height, picture, down, up } = golden.pyramid;
    const small = new Float32Array(down.length);
    new PyramidDown(width, height).run(Float32Array.from(picture), small);
    assert.ok(largestDifference(small, down) < 1e-4);
    const large = new Float32Array(up.length);
    new PyramidUp(width, height).run(small, large);
    assert.ok(largestDifference(large, up) < 1e-4);
  });

  for (const { lowHz, highHz, frameRate, series, filtered } of golden.ideal) {
    it(`keeps only the band with the ideal filter, ${lowHz}..${highHz} Hz`, () => {
      const a = Float32Array.from(series);
      new IdealBlock(a.length, [lowHz, highHz], frameRate).filterPair(a, new Float32Array(a.length));
      assert.ok(largestDifference(a, filtered) < 1e-4);
    });
  }

  it("magnifies a moving texture as the reference does, to the rounding of 8 bits", () => {
    const { width, height, frames, frameRate, bandHz, levels, alpha, luma, at, magnified } = golden.clip;
    const pixels = Buffer.from(luma, "base64");
    const magnifier = new AmplitudeMagnifier({
      width,
      height,
      frameRate,
      bandHz,
      levels,
      alpha,
      alphaRange: [3, 6],
      bounded: false,
    });
    const size = width * height;
    for (let index = 0; index < frames; index++) {
      const data = new Uint8Array(size * 1.5).fill(128);
      data.set(pixels.subarray(index * size, (index + 1) * size));
      const frame: Frame = {
        index,
        timeMs: (1000 * index) / frameRate,
        width,
        height,
        data,
        matrix: "bt601",
        fullRange: true,
      };
      const { frame: out } = magnifier.step(frame);
      const k = at.indexOf(index);
      if (k < 0) continue;
      const bytes = Uint8Array.from(Buffer.from(magnified[k]!, "base64"));
      assert.ok(largestDifference(out.data.subarray(0, size), new Float32Array(bytes.buffer)) < 0.51);
    }
  });
});
