import assert from "node:assert/strict";
import { eyeAspectRatio } from "../../daemon/vision/eyes.ts";
import { LandmarkSmoother, ProbabilitySmoother } from "../../daemon/vision/smooth.ts";
import golden from "./face.json" with { type: "json" };

const close = (actual: number, expected: number, what: string): void =>
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, not ${expected}`,
  );

describe("eyes and smoothing against the papers' formulae", () => {
  it("eye aspect ratio", () => {
    for (const { landmarks, right, left } of golden.ear) {
      close(eyeAspectRatio(Float64Array.from(landmarks), "right"), right, "right");
      close(eyeAspectRatio(Float64Array.from(landmarks), "left"), left, "left");
    }
  });

  it("one-euro filter of the landmarks, at an uneven frame rate", () => {
    const { side, values, expected } = golden.oneEuro;
    // The second coordinate stands still.
    const smoother = new LandmarkSmoother(Float64Array.of(values[0]!, 7), golden.timesMs[0]!);
    for (let i = 1; i < values.length; i++) {
      const [x, y] = smoother.next(Float64Array.of(values[i]!, 7), side, golden.timesMs[i]!);
      close(x!, expected[i]!, `value ${i}`);
      close(y!, 7, `still ${i}`);
    }
  });

  it("exponential of the emotion, at an uneven frame rate", () => {
    const { timeConstantMs, values, expected } = golden.exponential;
    const smoother = new ProbabilitySmoother<"happy">(timeConstantMs);
    values.forEach((happy, i) =>
      close(smoother.next({ happy }, golden.timesMs[i]!).happy, expected[i]!, `value ${i}`),
    );
  });
});
