import assert from "node:assert/strict";
import { isAppError } from "../../../shared/errors.ts";
import { magnificationSchema } from "../../../shared/protocol/analysisConfig.ts";
import type { Frame } from "../../../daemon/media/frame.ts";
import { FaceMagnifier, levelsFor, type MagnifiedFace } from "../../../daemon/pipelines/magnifyFaces.ts";
import { faceSquare } from "../../../daemon/vision/faceSquare.ts";

const width = 96;
const height = 80;

/** A picture whose brightness swings slowly in the band. */
function frame(index: number, timeMs: number): Frame {
  const data = new Uint8Array(width * height * 1.5).fill(128);
  const swing = 20 * Math.sin((2 * Math.PI * 0.9 * timeMs) / 1000);
  for (let i = 0; i < width * height; i++) data[i] = 100 + ((i * 37) % 50) + swing;
  return { index, timeMs, width, height, data, matrix: "bt601", fullRange: true };
}

/** A face of 68 points: an oval with eyes and nose inside. */
const landmarks = Float64Array.from({ length: 136 }, (_, k) => {
  const point = k >> 1;
  const angle = (2 * Math.PI * point) / 17;
  const radius = point < 17 ? 25 : 8 + (point % 5);
  return k % 2 === 0 ? 48 + radius * Math.cos(angle) : 40 + radius * Math.sin(angle);
});
// Eyes level and apart, so that the square has a turn.
for (let point = 36; point < 48; point++) {
  landmarks[2 * point] = (point < 42 ? 38 : 58) + ((point % 6) - 2.5);
  landmarks[2 * point + 1] = 34 + (point % 2);
}
const square = faceSquare(landmarks);
const request = magnificationSchema.parse({ alpha: 5 });

/** Whether the filter has just started: its first answer is nothing but rounding. */
const fresh = ({ magnified }: MagnifiedFace): boolean => magnified.displacementPx < 1e-4;

const startsOf = (faces: readonly MagnifiedFace[]): number[] =>
  faces.flatMap((face, k) => (fresh(face) ? [k] : []));

describe("magnifying a face", () => {
  const run = (magnifier: FaceMagnifier, from: number, count: number, stepMs: number): MagnifiedFace[] =>
    Array.from({ length: count }, (_, k) => magnifier.step(frame(k, from + k * stepMs), landmarks, square));

  it("magnifies a change in the band, and keeps its state while the face is away for a moment", () => {
    const magnifier = new FaceMagnifier(request, 30);
    const before = run(magnifier, 0, 40, 1000 / 30);
    assert.ok(fresh(before[0]!));
    assert.ok(!fresh(before[39]!));
    const [back] = run(magnifier, 40 * (1000 / 30) + 500, 1, 1);
    assert.ok(!fresh(back!));
  });

  it("starts anew when the face was away for more than a second", () => {
    const magnifier = new FaceMagnifier(request, 30);
    run(magnifier, 0, 40, 1000 / 30);
    const [back] = run(magnifier, 4000, 1, 1);
    assert.ok(fresh(back!));
  });

  it("starts anew when the frame rate has changed for good, not for one late frame", () => {
    const magnifier = new FaceMagnifier(request, 30);
    const steady = run(magnifier, 0, 40, 1000 / 30);
    assert.deepEqual(startsOf(steady), [0]);
    assert.deepEqual(startsOf(run(magnifier, 1450, 1, 1)), []);
    // Twelve intervals agree: the late frame's, the one after it, and ten of the new rate.
    assert.deepEqual(startsOf(run(magnifier, 1510, 40, 1000 / 15)), [10]);
  });

  it("refuses a band that the frame rate cannot carry, before the first frame", () => {
    assert.throws(
      () => new FaceMagnifier(magnificationSchema.parse({ preset: "micro" }), 12),
      (error) => isAppError(error, "frame_rate_too_low"),
    );
  });

  it("pools less for motion in a face than for the pulse of the whole", () => {
    assert.equal(levelsFor("thesis", 256), 2);
    assert.equal(levelsFor("pulse", 256), 4);
    assert.equal(levelsFor("thesis", 592), 3);
  });
});
