import assert from "node:assert/strict";
import {
  converter,
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
  type Rgb,
} from "culori";
import { emotionLooks } from "../../shared/emotion/appearance.ts";
import { expressionLabels, speechLabels } from "../../shared/emotion/labels.ts";

const rgb = converter("rgb");
const lab = converter("lab65");
const distance = differenceCiede2000();
const looks = Object.entries(emotionLooks);
const pairs = looks.flatMap(([a, one], i) => looks.slice(i + 1).map(([b, two]) => ({ a, b, one, two })));

const sights: readonly [string, (colour: Rgb) => Rgb][] = [
  ["normal sight", (colour) => colour],
  ["protanopia", (colour) => filterDeficiencyProt(1)(colour)],
  ["deuteranopia", (colour) => filterDeficiencyDeuter(1)(colour)],
  ["tritanopia", (colour) => filterDeficiencyTrit(1)(colour)],
];

describe("looks of the emotions", () => {
  it("are there for each label of face and voice, and for no other", () => {
    assert.deepEqual(
      new Set(looks.map(([name]) => name)),
      new Set<string>([...expressionLabels, ...speechLabels]),
    );
  });

  it("differ in grey: at least 7 of CIE L* between any two", () => {
    for (const { a, b, one, two } of pairs)
      assert.ok(Math.abs(lab(one.colour)!.l - lab(two.colour)!.l) >= 7, `${a} and ${b}`);
  });

  for (const [sight, simulate] of sights)
    it(`differ for ${sight}: at least 14 of CIEDE2000 between any two`, () => {
      for (const { a, b, one, two } of pairs) {
        const seen = distance(simulate(rgb(one.colour)!), simulate(rgb(two.colour)!));
        assert.ok(seen >= 14, `${a} and ${b}: ${seen.toFixed(1)}`);
      }
    });

  it("have a dash each that no other has", () => {
    assert.equal(new Set(looks.map(([, { dash }]) => dash.join())).size, looks.length);
  });
});
