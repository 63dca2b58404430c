import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Frame } from "../../../daemon/media/frame.ts";
import { allocateFrames } from "../../../daemon/media/frameMemory.ts";
import {
  cropInto,
  letterboxInto,
  resizeInto,
  type Crop,
  type RgbPicture,
} from "../../../daemon/vision/crop.ts";

type Matrix = Frame["matrix"];
const weights = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722] } as const;

/** An RGB picture that changes slowly, and the same as YUV 4:2:0 by the textbook formulae of BT.601 and BT.709. */
function pair(width: number, height: number, matrix: Matrix, fullRange: boolean): [RgbPicture, Frame] {
  const rgb = new Uint8Array(3 * width * height);
  const [cw, ch] = [(width + 1) >> 1, (height + 1) >> 1];
  const data = new Uint8Array(width * height + 2 * cw * ch);
  const [kr, kb] = weights[matrix];
  const [base, lumaScale, chromaScale] = fullRange ? [0, 1, 1] : [16, 219 / 255, 224 / 255];
  const colour = (x: number, y: number): [number, number, number] => [
    60 + (120 * x) / width,
    200 - (100 * y) / height,
    90 + (60 * (x + y)) / (width + height),
  ];
  const luma = ([r, g, b]: readonly number[]): number => kr * r! + (1 - kr - kb) * g! + kb * b!;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = colour(x + 0.5, y + 0.5);
      rgb.set(pixel.map(Math.round), 3 * (y * width + x));
      data[y * width + x] = Math.round(base + lumaScale * luma(pixel));
    }
  }
  for (let y = 0; y < ch; y++) {
    for (let x = 0; x < cw; x++) {
      const pixel = colour(2 * x + 1, 2 * y + 1);
      const at = width * height + y * cw + x;
      data[at] = Math.round(128 + (chromaScale * (pixel[2] - luma(pixel))) / (2 * (1 - kb)));
      data[at + cw * ch] = Math.round(128 + (chromaScale * (pixel[0] - luma(pixel))) / (2 * (1 - kr)));
    }
  }
  return [
    { width, height, channels: 3, data: rgb },
    { index: 0, timeMs: 0, width, height, data, matrix, fullRange },
  ];
}

function furthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
}

describe("the sampler on video frames", () => {
  for (const matrix of ["bt601", "bt709"] as const) {
    for (const fullRange of [false, true]) {
      it(`gives the colours of the picture: ${matrix}, ${fullRange ? "full" : "limited"} range`, () => {
        const [picture, frame] = pair(61, 47, matrix, fullRange);
        for (const crop of [
          { cx: 30, cy: 24, side: 20, roll: 0.3 },
          { cx: 30, cy: 24, side: 44, roll: -0.2 },
          { cx: 2, cy: 45, side: 30, roll: 0 },
        ]) {
          const a = new Float32Array(3 * 16 * 16);
          const b = new Float32Array(3 * 16 * 16);
          cropInto(picture, crop, 16, 16, a);
          cropInto(frame, crop, 16, 16, b);
          // Rounding of three bytes, chroma stretched by up to 2.
          assert.ok(furthest(a, b) < 3.5, `${furthest(a, b)}`);
        }
      });
    }
  }

  it("letterboxes and resizes like a picture", () => {
    const [picture, frame] = pair(64, 36, "bt709", false);
    const a = new Float32Array(3 * 24 * 24);
    const b = new Float32Array(3 * 24 * 24);
    assert.deepEqual(letterboxInto(frame, 24, 24, b), letterboxInto(picture, 24, 24, a));
    assert.ok(furthest(a, b) < 3.5);
    assert.equal(b[0], 0);
    resizeInto(picture, 24, 24, a);
    resizeInto(frame, 24, 24, b);
    assert.ok(furthest(a, b) < 3.5);
  });

  it("writes nothing outside of its place in the batch", () => {
    const [, frame] = pair(32, 32, "bt601", false);
    const out = new Float32Array(3 * 3 * 64).fill(-1);
    cropInto(frame, { cx: 16, cy: 16, side: 12, roll: 0 }, 8, 8, out, 3 * 64);
    assert.ok(out.subarray(0, 3 * 64).every((v) => v === -1));
    assert.ok(out.subarray(3 * 64, 6 * 64).every((v) => v >= 0));
    assert.ok(out.subarray(6 * 64).every((v) => v === -1));
  });
});

describe("the sampler on frames in memory that it can compute in", () => {
  const [width, height] = [200, 120];
  const random = new Uint8Array((3 * width * height) / 2).map((_, i) => (i * 7919 + (i >> 5) * 31) & 255);
  const plain: Frame = {
    index: 0,
    timeMs: 0,
    width,
    height,
    data: random,
    matrix: "bt601",
    fullRange: false,
  };
  const [first, second] = allocateFrames(2, random.length);
  const decoded = (data: Uint8Array): Frame => {
    data.set(random);
    return { ...plain, data };
  };
  const crops: [string, Crop, number, number][] = [
    ["smaller", { cx: 100, cy: 60, side: 40, roll: 0.3 }, 61, 35],
    ["four samples an axis", { cx: 90, cy: 58, side: 70, roll: -0.7 }, 16, 16],
    ["upside down", { cx: 90, cy: 58, side: 70, roll: 3.1 }, 32, 32],
    ["partly outside", { cx: 5, cy: 8, side: 60, roll: 0.2 }, 32, 32],
  ];
  for (const [name, crop, w, h] of crops)
    for (const grey of [false, true])
      it(`gives the same wherever a frame lies: ${name}, ${grey ? "grey" : "colour"}`, () => {
        const results = [plain, decoded(first!), decoded(second!)].map((frame) => {
          const out = new Float32Array(3 * w * h + 7);
          cropInto(frame, crop, w, h, out, 3, { grey, mirror: grey });
          return out;
        });
        for (const other of results.slice(1)) assert.deepEqual(other, results[0]);
      });

  for (const [name, crop, w, h] of crops)
    it(`gives what a picture of the same luma gives: ${name}`, () => {
      const picture: RgbPicture = { width, height, channels: 1, data: random.subarray(0, width * height) };
      const [a, b] = [new Float32Array(3 * w * h), new Float32Array(3 * w * h)];
      cropInto({ ...decoded(first!), fullRange: true }, crop, w, h, a, 0, { grey: true });
      cropInto(picture, crop, w, h, b);
      // Noise: neighbours are up to 255 apart, and places are whole numbers of 1/65536 pixel.
      assert.ok(furthest(a, b) < 0.02, `${furthest(a, b)}`);
    });

  it("samples pictures that are wider than its whole numbers reach", () => {
    const wide = 40_000;
    const data = new Uint8Array(1.5 * wide * height).fill(128);
    for (let y = 0; y < height; y++) data.set(random.subarray(y * width, (y + 1) * width), y * wide);
    const half = [wide / 2, width / 2] as const;
    for (let y = 0; y < height; y++)
      data.set(
        random.subarray(width * height + y * half[1], width * height + (y + 1) * half[1]),
        wide * height + y * half[0],
      );
    const crop = { cx: 90, cy: 58, side: 70, roll: 0.4 };
    for (const grey of [false, true]) {
      const [a, b] = [new Float32Array(3 * 256), new Float32Array(3 * 256)];
      cropInto(plain, crop, 16, 16, a, 0, { grey });
      cropInto({ ...plain, width: wide, data }, crop, 16, 16, b, 0, { grey });
      assert.ok(furthest(a, b) < 0.02, `${furthest(a, b)}`);
    }
  });

  it("takes the mean of whole pixels where the picture shrinks by a whole number", () => {
    const out = new Float32Array(3 * 100 * 60);
    letterboxInto({ ...plain, fullRange: true, data: random.fill(128, width * height) }, 100, 60, out);
    for (const [u, v] of [
      [0, 0],
      [99, 0],
      [37, 41],
      [99, 59],
    ] as const) {
      const at = 2 * v * width + 2 * u;
      const mean = (random[at]! + random[at + 1]! + random[at + width]! + random[at + width + 1]!) / 4;
      assert.equal(out[v * 100 + u], mean);
    }
  });

  it("is what its source says", async () => {
    const compiler = pathToFileURL(path.resolve("wasm.mjs")).href;
    const { compileSampleKernel } = (await import(compiler)) as {
      compileSampleKernel: () => Promise<string>;
    };
    const stored = await readFile(
      new URL("../../../daemon/media/sampleKernelCode.ts", import.meta.url),
      "utf8",
    );
    assert.equal(stored, await compileSampleKernel());
  });
});
