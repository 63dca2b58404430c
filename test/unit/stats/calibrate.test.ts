import assert from "node:assert/strict";
import { calibrated, fitCalibration } from "../../../shared/stats/calibration.ts";
import { seededRandom } from "../../../shared/stats/random.ts";

/** Cases of a network that is surer than it should be by a factor of three, and thinks too often of the first of three labels. */
function overconfident(bias: readonly number[]) {
  const random = seededRandom(3);
  const rows: number[][] = [];
  const truth: number[] = [];
  for (let i = 0; i < 1200; i++) {
    const logits = [0, 1, 2].map(() => 6 * (random() - 0.5));
    const said = calibrated(
      logits.map((value) => Math.exp(value)),
      { temperature: 1 },
    );
    const real = calibrated(said, { temperature: 3, bias });
    let at = random();
    truth.push(real.findIndex((p) => (at -= p) < 0));
    rows.push(said);
  }
  return [rows, truth] as const;
}

describe("calibration", () => {
  it("finds the temperature that made a network too sure", () => {
    const { temperature, bias } = fitCalibration(...overconfident([0, 0, 0]));
    assert.ok(Math.abs(temperature - 3) < 0.4, String(temperature));
    assert.equal(bias, undefined);
  });

  it("finds the bias of each label too, if asked", () => {
    const { temperature, bias } = fitCalibration(...overconfident([-1, 0.5, 0.5]), { withBias: true });
    assert.ok(Math.abs(temperature - 3) < 0.45, String(temperature));
    bias!.forEach((b, k) => assert.ok(Math.abs(b - [-1, 0.5, 0.5][k]!) < 0.25, bias!.join()));
  });

  it("leaves the order of labels alone without a bias, and sums to 1", () => {
    const row = calibrated([0.7, 0.2, 0.1, 0], { temperature: 4 });
    assert.ok(Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-12);
    assert.deepEqual(
      row.toSorted((a, b) => b - a),
      row,
    );
    assert.ok(row[0]! < 0.7);
  });
});
