import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { cropInto, letterboxInto, resizeInto, type RgbPicture } from "../../daemon/vision/crop.ts";
import { alignedCrop, eyeCrop, faceSquare, taskCrop } from "../../daemon/vision/faceSquare.ts";

interface Expected {
  shape: number[];
  base64: string;
}
interface Output {
  name: string;
  picture: string;
  width: number;
  height: number;
  expected: Expected;
}
type Four = [number, number, number, number];
interface Golden {
  pictures: Record<string, { width: number; height: number; channels: 1 | 3 | 4; base64: string }>;
  crop: (Output & { cx: number; cy: number; side: number; roll: number })[];
  resizeWhole: Output[];
  letterbox: (Output & { scale: number; left: number; top: number })[];
  squares: {
    landmarks: number[];
    faceSquare: Four;
    taskCrop: { cropScale: number; offset: [number, number]; expected: Four };
    eyeCrop: { cropScale: number; right: Four; left: Four };
    alignedCrop: { places: [number, number][]; expected: Four };
  }[];
}

/** Written by test/golden/scripts/crop.py from models/recipes/common.py. */
const golden = JSON.parse(readFileSync(new URL("crop.json", import.meta.url), "utf8")) as Golden;

function picture(name: string): RgbPicture {
  const { base64, ...rest } = golden.pictures[name]!;
  return { ...rest, data: Buffer.from(base64, "base64") };
}

function floats({ base64 }: Expected): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-4): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    assert.ok(error <= tolerance, `element ${i}: ${actual[i]} instead of ${expected[i]}`);
  }
}

describe("the sampler against the recipes' own", () => {
  for (const { name, picture: source, width, height, expected, ...crop } of golden.crop) {
    it(`crops: ${name}`, () => {
      const out = new Float32Array(3 * width * height);
      cropInto(picture(source), crop, width, height, out);
      assertNear(out, floats(expected));
    });
  }

  for (const { name, picture: source, width, height, expected } of golden.resizeWhole) {
    it(`resizes a whole picture: ${name}`, () => {
      const out = new Float32Array(3 * width * height);
      resizeInto(picture(source), width, height, out);
      assertNear(out, floats(expected));
    });
  }

  for (const { name, picture: source, width, height, expected, scale, left, top } of golden.letterbox) {
    it(`letterboxes: ${name}`, () => {
      const out = new Float32Array(3 * width * height).fill(7);
      const box = letterboxInto(picture(source), width, height, out);
      assertNear([box.scale, box.left, box.top], [scale, left, top], 1e-9);
      assertNear(out, floats(expected));
    });
  }

  it("mirrors columns on request", () => {
    const crop = { cx: 14, cy: 11, side: 12, roll: 0.3 };
    const plain = new Float32Array(3 * 8 * 6);
    const mirrored = new Float32Array(3 * 8 * 6);
    cropInto(picture("colour"), crop, 8, 6, plain);
    cropInto(picture("colour"), crop, 8, 6, mirrored, 0, { mirror: true });
    const flipped = plain.map((_, i) => plain[i - (i % 8) + 7 - (i % 8)]!);
    assertNear(mirrored, flipped);
  });

  for (const [index, square] of golden.squares.entries()) {
    it(`finds face square, task crop, eye crops and aligned crop of face ${index + 1}`, () => {
      const landmarks = Float64Array.from(square.landmarks);
      const found = faceSquare(landmarks);
      const { cropScale, offset, expected } = square.taskCrop;
      const list = ({ cx, cy, side, roll }: typeof found) => [cx, cy, side, roll];
      assertNear(list(found), square.faceSquare, 1e-6);
      assertNear(list(taskCrop(found, cropScale, offset)), expected, 1e-6);
      assertNear(list(eyeCrop(landmarks, "right", square.eyeCrop.cropScale)), square.eyeCrop.right, 1e-6);
      assertNear(list(eyeCrop(landmarks, "left", square.eyeCrop.cropScale)), square.eyeCrop.left, 1e-6);
      const { places, expected: aligned } = square.alignedCrop;
      assertNear(list(alignedCrop(landmarks, places)), aligned, 1e-6);
    });
  }
});
