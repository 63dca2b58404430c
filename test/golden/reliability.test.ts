import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { cronbachAlpha, omegaTotal } from "../../shared/stats/reliability.ts";

const sets = JSON.parse(readFileSync(path.join(import.meta.dirname, "reliability.json"), "utf8")) as {
  rows: number[][];
  alpha: number;
  omega: number;
}[];

describe("reliability against NumPy and SciPy", () => {
  for (const { rows, alpha, omega } of sets) {
    it(`agrees for ${rows.length} participants and ${rows[0]!.length} items`, () => {
      assert.ok(Math.abs(cronbachAlpha(rows)! - alpha) < 1e-10);
      assert.ok(Math.abs(omegaTotal(rows)! - omega) < 1e-5, `${omegaTotal(rows)} ${omega}`);
    });
  }
});
