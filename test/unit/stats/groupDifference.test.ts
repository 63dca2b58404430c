import assert from "node:assert/strict";
import { groupDifference } from "../../../shared/stats/groupDifference.ts";

/** Ten people with three cases each; those of `right` are judged rightly. */
const people = (right: readonly number[]) => {
  const clusters = Array.from({ length: 30 }, (_, i) => `p${Math.floor(i / 3)}`);
  return [clusters.map((_, i) => (right.includes(Math.floor(i / 3)) ? 1 : 0)), clusters] as const;
};

describe("differences between groups of people", () => {
  it("are tested by dealing out whole people", () => {
    const [values, clusters] = people([0, 1, 2, 3, 4]);
    const found = groupDifference(values, clusters, new Set(["p0", "p1", "p2", "p3", "p4"]))!;
    assert.equal(found.difference, 1);
    // Two of the 252 ways of dealing five of ten are as far apart; as cases alone the thirty would be one in 77 million.
    assert.ok(found.p > 0.004 && found.p < 0.013, String(found.p));
  });

  it("are none where groups are alike", () => {
    const [values, clusters] = people([0, 1, 5, 6]);
    const found = groupDifference(values, clusters, new Set(["p0", "p1", "p2", "p3", "p4"]))!;
    assert.equal(found.difference, 0);
    assert.equal(found.p, 1);
  });

  it("cannot be told where one side is empty", () => {
    const [values, clusters] = people([0]);
    assert.equal(groupDifference(values, clusters, new Set()), undefined);
    assert.equal(groupDifference(values, clusters, new Set(clusters)), undefined);
  });
});
