import assert from "node:assert/strict";
import { averagePrecision, recallAtFalsePositives } from "../../../shared/stats/detection.ts";

/** `+` is a right detection, `-` a wrong one, from the best score down. */
const ranked = (marks: string) =>
  Array.from(marks, (mark, i) => ({ score: 1 - i / 100, right: mark === "+" })).reverse();

describe("averagePrecision", () => {
  // Worked by hand: precision at each hit, lifted to the best that follows.
  const cases: [marks: string, truths: number, expected: number][] = [
    ["", 3, 0],
    ["+++", 3, 1],
    ["++", 4, 0.5],
    ["-+", 1, 1 / 2],
    ["+-+", 2, (1 + 2 / 3) / 2],
    ["-++", 2, 2 / 3],
    ["+--+-", 3, (1 + 1 / 2) / 3],
    ["---", 2, 0],
  ];
  for (const [marks, truths, expected] of cases)
    it(`of "${marks}" over ${truths} objects is ${expected.toFixed(3)}`, () =>
      assert.ok(Math.abs(averagePrecision(ranked(marks), truths) - expected) < 1e-12));

  it("counts the wrong one of a tie first", () =>
    assert.equal(
      averagePrecision(
        [
          { score: 0.5, right: true },
          { score: 0.5, right: false },
        ],
        1,
      ),
      0.5,
    ));
});

describe("recallAtFalsePositives", () => {
  const cases: [marks: string, truths: number, allowed: number, expected: number][] = [
    ["+-+-+", 4, 0, 0.25],
    ["+-+-+", 4, 1, 0.5],
    ["+-+-+", 4, 2, 0.75],
    ["", 4, 1, 0],
    ["---", 4, 1, 0],
  ];
  for (const [marks, truths, allowed, expected] of cases)
    it(`of "${marks}" with ${allowed} wrong ones is ${expected}`, () =>
      assert.equal(recallAtFalsePositives(ranked(marks), truths, allowed), expected));
});
