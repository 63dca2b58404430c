import assert from "node:assert/strict";
import { Stillness } from "../../../daemon/results/stillness.ts";

/** A face of some width at a place, with a tremble of the detector and a movement of the mouth, pixels. */
function landmarks(i: number, width: number, x: number, tremble: number, mouth: number): number[] {
  const points: number[] = [];
  for (let k = 0; k < 68; k++) {
    const noise = tremble * Math.sin(12.9898 * (k + 1) * (i + 1));
    const open = k >= 54 && k < 60 ? mouth * Math.sin(i) : 0;
    const [u, v] = k >= 36 && k < 48 ? [k < 42 ? -0.2 : 0.2, -0.1] : [Math.sin(k) / 2, Math.cos(k) / 2];
    points.push(x + width * u + noise, 100 + width * v + noise + open);
  }
  return points;
}

describe("a still face", () => {
  for (const [name, seconds, width, drift, mouth, blinks, expected] of [
    ["is a photograph on the wall", 6, 90, 0, 0, 0, true],
    ["is a photograph that is carried across the picture", 6, 90, 3, 0, 0, true],
    ["is none that speaks", 6, 90, 0, 6, 0, false],
    ["is none that blinks", 6, 90, 0, 0, 1, false],
    ["is none that was seen for a moment only", 2, 90, 0, 0, 0, false],
    ["is a small photograph, however its landmarks tremble", 6, 40, 0, 0, 0, true],
  ] as const) {
    it(name, () => {
      const stillness = new Stillness();
      for (let i = 0; i < 25 * seconds; i++)
        stillness.push(40 * i, landmarks(i, width, 50 + drift * i, 0.1, mouth));
      assert.equal(stillness.isStill(blinks), expected);
    });
  }
});
