import assert from "node:assert/strict";
import { actionUnits, type ActionUnit } from "../../../shared/emotion/actionUnits.ts";
import { seededRandom } from "../../../shared/stats/random.ts";
import { ArousalMeter } from "../../../shared/study/arousal.ts";

type Units = Record<ActionUnit, number>;

describe("arousal from action units", () => {
  it("is the mean of the five units that stand out most of their own last minute", () => {
    const meter = new ArousalMeter();
    const rest = { AU12: 1, AU45: 0 };
    assert.equal(meter.add(0, rest), 0, "what was never otherwise does not stand out");
    assert.equal(meter.add(1000, rest), 0);
    // Two units rise by 4 and 2 of 5: means over three samples are (.2 + .2 + 1) / 3 and .4 / 3.
    const found = meter.add(2000, { AU12: 5, AU04: 2, AU45: 0 });
    assert.ok(Math.abs(found - (1 - 1.4 / 3 + (0.4 - 0.4 / 3)) / 5) < 1e-12);
  });

  it("falls back when a strong face lasts, forgets what is older than a minute, and opened eyes raise it", () => {
    const meter = new ArousalMeter();
    const strong = { AU01: 5, AU02: 5, AU05: 5, AU25: 5, AU26: 5 };
    meter.add(0, {});
    const begun = meter.add(1000, strong);
    let last = begun;
    for (let s = 2; s < 60; s++) last = meter.add(s * 1000, strong);
    assert.ok(begun === 0.5 && last < 0.02, `${begun}, ${last}`);
    assert.equal(meter.add(61_000, strong), 0, "the rest before is out of the window");
    const eyes = new ArousalMeter();
    eyes.add(0, { AU45: 5 });
    assert.equal(eyes.add(1000, { AU45: 0 }), 0.1);
  });

  /**
   * The steps of FaceReader 9's reference manual, one after another: activations of the last 60 s, their means, what is above them, and
   * the mean of the five largest.
   */
  const byTheBook = (samples: readonly { readonly timeMs: number; readonly units: Units }[]): number => {
    const now = samples.at(-1)!;
    const past = samples.filter(({ timeMs }) => timeMs > now.timeMs - 60_000);
    const activation = (units: Units, unit: ActionUnit): number =>
      unit === "AU45" ? 1 - units[unit] / 5 : units[unit] / 5;
    const corrected = actionUnits.map((unit) => {
      const mean = past.reduce((sum, { units }) => sum + activation(units, unit), 0) / past.length;
      return Math.max(0, activation(now.units, unit) - mean);
    });
    const largest = corrected.toSorted((a, b) => b - a).slice(0, 5);
    return largest.reduce((sum, value) => sum + value, 0) / 5;
  };

  it("is what the steps of the manual give, in the first minute and after it", () => {
    const random = seededRandom(7);
    const meter = new ArousalMeter();
    const samples: { timeMs: number; units: Units }[] = [];
    for (let s = 0; s < 130; s++) {
      const units = Object.fromEntries(actionUnits.map((unit) => [unit, 5 * random() ** 3])) as Units;
      samples.push({ timeMs: 1000 * s, units });
      const found = meter.add(1000 * s, units);
      assert.ok(Math.abs(found - byTheBook(samples)) < 1e-9, `${found} at ${s} s`);
    }
  });
});
