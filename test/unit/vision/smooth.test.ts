import assert from "node:assert/strict";
import { LandmarkSmoother, ProbabilitySmoother } from "../../../daemon/vision/smooth.ts";

const frameMs = 1000 / 30;

/** One coordinate over time through the filter, and what came out. */
function run(input: readonly number[], side = 100): number[] {
  const smoother = new LandmarkSmoother(Float64Array.of(input[0]!), 0);
  return input.map((value, i) => smoother.next(Float64Array.of(value), side, i * frameMs)[0]!);
}

describe("landmark smoothing", () => {
  it("takes most of the tremble of a still point", () => {
    const tremble = Array.from(
      { length: 200 },
      (_, i) => 50 + 0.3 * Math.sin(i * 2.4) + 0.2 * Math.sin(i * 3.1),
    );
    const out = run(tremble).slice(50);
    const spread = (list: readonly number[]) =>
      Math.sqrt(list.reduce((s, v) => s + (v - 50) ** 2, 0) / list.length);
    assert.ok(spread(out) < 0.5 * spread(tremble));
  });

  it("follows a fast point with less than one frame of lag", () => {
    const speed = 100 / 30; // One face side a second.
    const input = Array.from({ length: 60 }, (_, i) => i * speed);
    const lagMs = ((input.at(-1)! - run(input).at(-1)!) / speed) * frameMs;
    assert.ok(lagMs > 0 && lagMs < 20, `${lagMs} ms`);
  });

  it("does not depend on the size of the face", () => {
    const input = Array.from({ length: 40 }, (_, i) => 10 * Math.sin(i / 5));
    const large = run(
      input.map((v) => 4 * v),
      400,
    );
    for (const [i, value] of run(input).entries()) assert.ok(Math.abs(4 * value - large[i]!) < 1e-9);
  });
});

describe("probability smoothing", () => {
  it("reaches 1 - 1/e of a step in its time constant and keeps the sum", () => {
    const smoother = new ProbabilitySmoother<"a" | "b">(300);
    smoother.next({ a: 1, b: 0 }, 0);
    const { a, b } = smoother.next({ a: 0, b: 1 }, 300);
    assert.ok(Math.abs(b - (1 - Math.exp(-1))) < 1e-12);
    assert.ok(Math.abs(a + b - 1) < 1e-12);
  });

  it("does nothing with the time constant 0", () => {
    const smoother = new ProbabilitySmoother<"a">(0);
    smoother.next({ a: 1 }, 0);
    assert.equal(smoother.next({ a: 0.2 }, 33).a, 0.2);
  });
});
