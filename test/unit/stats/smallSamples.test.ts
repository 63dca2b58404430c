import assert from "node:assert/strict";
import { beqReliability, reliabilityWarnings } from "../../../shared/beq/reliability.ts";
import { correlation, partialCorrelation } from "../../../shared/stats/correlation.ts";

describe("small samples", () => {
  // Shares of all orders, counted by hand for three and from tables of Spearman's rho for more.
  const ranks: [x: number[], y: number[], p: number][] = [
    [[1, 2, 3], [10, 20, 30], 1 / 3],
    [[1, 2, 3], [30, 20, 10], 1 / 3],
    [[1, 2, 3], [10, 30, 20], 1],
    [[1, 2, 3, 4], [1, 2, 3, 4], 2 / 24],
    [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], 2 / 120],
  ];
  for (const [x, y, p] of ranks)
    it(`give a rank correlation no p below what their orders can: ${y.join(" ")}`, () => {
      const found = correlation("spearman", x, y);
      assert.ok(found.defined && Math.abs(found.p - p) < 1e-12, JSON.stringify(found));
    });

  it("give points on a line, and partial rank correlations, no p of 0", () => {
    const line = correlation("pearson", [1, 2, 3], [2, 4, 6]);
    assert.ok(line.defined && Math.abs(line.p - 1 / 3) < 1e-12);
    const partial = partialCorrelation("spearman", [1, 2, 3, 4], [1, 2, 3, 4], [2, 1, 4, 3]);
    assert.ok(partial.defined && partial.p >= 2 / 24);
  });

  it("give no alpha below 0 without its sentence", () => {
    const answers = [0, 1, 2].map((k) =>
      Array.from({ length: 16 }, (_, i) => 1 + ((i * 5 + k * (i % 2 ? 3 : 4)) % 7)),
    );
    const reliability = beqReliability(answers);
    assert.ok(Object.values(reliability).some(({ alpha }) => alpha !== undefined && alpha < 0));
    assert.match(reliabilityWarnings(reliability).join(" "), /below 0.*With 3 complete forms/);
  });
});
