import assert from "node:assert/strict";
import { isAppError } from "../../../shared/errors.ts";
import { beqItems, facetItems } from "../../../shared/beq/items.ts";
import { beqReliability } from "../../../shared/beq/reliability.ts";
import { scoreBeq, type Answers } from "../../../shared/beq/scoring.ts";
import { cronbachAlpha, omegaTotal } from "../../../shared/stats/reliability.ts";

const all = (answer: number): number[] => Array.from({ length: 16 }, () => answer);
const without = (...items: number[]): Answers =>
  all(4).map((answer, k) => (items.includes(k + 1) ? undefined : answer));

describe("BEQ scoring", () => {
  it("assigns each of the 16 items to one facet", () => {
    assert.equal(beqItems.length, 16);
    const items = Object.values(facetItems).flat();
    assert.deepEqual(
      items.toSorted((a, b) => a - b),
      Array.from({ length: 16 }, (_, k) => k + 1),
    );
  });

  const uniform: [number, { nex: number; pex: number; str: number; total: number }][] = [
    [4, { nex: 4, pex: 4, str: 4, total: 4 }],
    [7, { nex: 4, pex: 7, str: 7, total: 6 }],
    [1, { nex: 4, pex: 1, str: 1, total: 2 }],
  ];
  for (const [answer, expected] of uniform) {
    it(`scores a form of all ${answer}s as published, and flags it as straight-lined`, () => {
      assert.deepEqual(scoreBeq(all(answer)), { ...expected, answered: 16, straightLined: true });
    });
  }

  it("takes the total as the mean of the facets, not of the items", () => {
    const answers = all(4);
    for (const item of facetItems.pex) answers[item - 1] = 7;
    const score = scoreBeq(answers);
    assert.equal(score.total, (4 + 7 + 4) / 3);
    assert.equal(score.straightLined, false);
  });

  it("scores a facet with three quarters of its items and leaves it open below, without imputing", () => {
    assert.equal(scoreBeq(without(1)).pex, 4);
    assert.equal(scoreBeq(without(1, 4)).pex, undefined);
    assert.equal(scoreBeq(without(1, 4)).total, undefined);
    assert.equal(scoreBeq(without(3)).nex, 4);
    assert.equal(scoreBeq(without(3, 5)).nex, undefined);
    assert.equal(scoreBeq(without(3)).answered, 15);
  });

  for (const wrong of [0, 8, 3.5, Number.NaN, -1]) {
    it(`refuses the answer ${wrong} and names the item`, () => {
      const answers = all(4);
      answers[11] = wrong;
      assert.throws(
        () => scoreBeq(answers),
        (error) => isAppError(error, "invalid_request") && error.message.includes("Item 12"),
      );
    });
  }

  it("refuses a form with another number of items", () => {
    assert.throws(
      () => scoreBeq(all(4).slice(1)),
      (error) => isAppError(error, "invalid_request"),
    );
  });
});

describe("reliability", () => {
  it("counts only complete rows and reverses the reversed items", () => {
    const sample: Answers[] = Array.from({ length: 30 }, (_, person) =>
      Array.from({ length: 16 }, (_item, k) => {
        const trait = 1 + (person % 7);
        const noisy = Math.min(7, Math.max(1, trait + (((person * 7 + k * 5) % 3) - 1)));
        return [3, 8, 9].includes(k + 1) ? 8 - noisy : noisy;
      }),
    );
    sample.push(without(1));
    const { total, pex, str } = beqReliability(sample);
    assert.equal(total.n, 30);
    assert.equal(pex.n, 30);
    assert.equal(str.n, 31);
    assert.ok(total.alpha! > 0.9 && total.omega! > 0.9);
  });

  it("is undefined where it cannot be computed", () => {
    assert.equal(cronbachAlpha([]), undefined);
    assert.equal(cronbachAlpha([[1, 2, 3]]), undefined);
    const constant = Array.from({ length: 10 }, () => [4, 4, 4]);
    assert.equal(cronbachAlpha(constant), undefined);
    assert.equal(omegaTotal(constant), undefined);
    assert.equal(
      omegaTotal([
        [1, 2, 3],
        [2, 1, 3],
      ]),
      undefined,
    );
  });
});
