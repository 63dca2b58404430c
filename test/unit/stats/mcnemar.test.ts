import assert from "node:assert/strict";
import { mcnemar } from "../../../shared/stats/mcnemar.ts";

/** Cases of each kind, as two lists of right and wrong. */
const judged = ([both, onlyFirst, onlySecond, neither]: readonly [number, number, number, number]) => {
  const of = (first: boolean, second: boolean, n: number) => Array.from({ length: n }, () => [first, second]);
  const all = [
    ...of(true, true, both),
    ...of(true, false, onlyFirst),
    ...of(false, true, onlySecond),
    ...of(false, false, neither),
  ];
  return [all.map(([first]) => first!), all.map(([, second]) => second!)] as const;
};

describe("McNemar's exact test", () => {
  for (const [counts, p] of [
    // 2 (1 + 12 + 66) / 2^12
    [[50, 10, 2, 5], 0.03857421875],
    [[50, 2, 10, 5], 0.03857421875],
    [[9, 0, 0, 3], 1],
    [[0, 4, 4, 0], 1],
    [[0, 5, 0, 0], 0.0625],
  ] as const)
    it(`gives p = ${p} for ${counts.join(", ")}`, () => {
      const [first, second] = judged(counts);
      const found = mcnemar(first, second);
      assert.deepEqual([found.onlyFirst, found.onlySecond], [counts[1], counts[2]]);
      assert.ok(Math.abs(found.p - p) < 1e-12, String(found.p));
    });

  it("has an answer for thousands of differences", () => {
    const [first, second] = judged([0, 3000, 2800, 0]);
    const { p } = mcnemar(first, second);
    // scipy.stats.binomtest(2800, 5800).pvalue
    assert.ok(Math.abs(p - 0.00896943600119357) < 1e-9, String(p));
  });
});
