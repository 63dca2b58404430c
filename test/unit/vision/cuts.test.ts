import assert from "node:assert/strict";
import type { Frame } from "../../../daemon/media/frame.ts";
import { removeOverlaps } from "../../../daemon/vision/boxes.ts";
import { SceneCuts } from "../../../daemon/vision/cuts.ts";
import { measureLight } from "../../../daemon/vision/quality.ts";

function frame(luma: (x: number, y: number) => number): Frame {
  const [width, height] = [160, 90];
  const data = new Uint8Array(width * height * 1.5);
  for (let i = 0; i < width * height; i++) data[i] = luma(i % width, Math.floor(i / width));
  return { index: 0, timeMs: 0, width, height, data, matrix: "bt709", fullRange: false };
}

const room = (shift: number) => frame((x, y) => 120 + 80 * Math.sin((x + shift) / 9) * Math.cos(y / 7));
const street = frame((x, y) => (x + y) % 60);

describe("scene cuts", () => {
  for (const [name, frames, expected] of [
    ["a still scene", [room(0), room(0), room(0)], [false, false, false]],
    ["a pan", [room(0), room(12), room(24)], [false, false, false]],
    ["another scene", [room(0), street, street], [false, true, false]],
    ["the way back", [room(0), street, room(3)], [false, true, true]],
  ] as const) {
    it(`${name}: ${expected.join(", ")}`, () => {
      const cuts = new SceneCuts();
      assert.deepEqual(
        frames.map((f) => cuts.isCut(f)),
        expected,
      );
    });
  }
});

describe("removal of overlaps", () => {
  it("keeps the best of each heap, best first", () => {
    const at = (x: number, score: number) => ({ box: { x, y: 0, width: 10, height: 10 }, score });
    const found = [at(0, 0.6), at(2, 0.9), at(30, 0.7), at(33, 0.7), at(60, 0.5)];
    const kept = removeOverlaps(found, 0.3);
    assert.deepEqual(
      kept.map(({ box, score }) => [box.x, score]),
      [
        [2, 0.9],
        [30, 0.7],
        [60, 0.5],
      ],
    );
  });
});

describe("light of a face", () => {
  const side = 32;
  const plane = (value: (x: number, y: number) => number) =>
    Float32Array.from({ length: side * side }, (_, i) => value(i % side, Math.floor(i / side)));
  const stripes = (period: number, strength: number, base: number) =>
    plane((x) => base + strength * Math.sin((2 * Math.PI * x) / period));

  it("gives the brightness", () => {
    assert.ok(Math.abs(measureLight(stripes(8, 10, 90), 0, side, side).brightness - 90) < 2);
  });

  it("is sharper for finer detail, whatever the contrast and brightness", () => {
    const sharpness = (p: Float32Array) => measureLight(p, 0, side, side).sharpness;
    assert.ok(sharpness(stripes(4, 10, 90)) > 4 * sharpness(stripes(16, 10, 90)));
    assert.ok(Math.abs(sharpness(stripes(8, 10, 90)) - sharpness(stripes(8, 40, 160))) < 1e-3);
  });

  it("calls a plain surface blurred", () => {
    assert.equal(
      measureLight(
        plane(() => 100),
        0,
        side,
        side,
      ).sharpness,
      0,
    );
  });
});
