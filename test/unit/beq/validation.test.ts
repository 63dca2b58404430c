import assert from "node:assert/strict";
import {
  emotionBetween,
  expressivityIndices,
  indexNames,
  maxNeutralBaseline,
  restingBaseline,
  type EmotionTrace,
} from "../../../shared/beq/indices.ts";
import type { Person } from "../../../shared/beq/person.ts";
import { categoryOf } from "../../../shared/beq/validation/categories.ts";
import { relations } from "../../../shared/beq/validation/relations.ts";
import { longTable, table } from "../../../daemon/beq/report/document.ts";
import { escapeMarkdown, toMarkdown } from "../../../daemon/beq/report/markdown.ts";
import { drawPeople, populationCorrelation } from "../../support/syntheticStudy.ts";

// neutral, happy, sad, angry, surprise, fear, disgust, contempt
const trace = (rows: readonly (readonly number[])[], indices = rows.map((_, i) => i)): EmotionTrace => ({
  frames: rows.length + 2,
  indices,
  timesMs: indices.map((index) => index * 100),
  probabilities: rows.flat(),
});
const calm = [0.8, 0.1, 0.1, 0, 0, 0, 0, 0];
const smile = [0.3, 0.6, 0.1, 0, 0, 0, 0, 0];
const grief = [0.2, 0, 0.8, 0, 0, 0, 0, 0];
const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

describe("expressivity indices", () => {
  it("are mean positive deviations from the baseline, and the change between successive frames", () => {
    const { pos, neg, imp } = expressivityIndices([{ trace: trace([calm, smile, grief]), baseline: calm }])!;
    close(pos, 0.5 / 3);
    close(neg, 0.7 / 4 / 3);
    // Two changes: sqrt(0.5^2 + 0.5^2) and sqrt(0.1^2 + 0.6^2 + 0.7^2) in 0.1 s; the percentile lies between them.
    const [small, large] = [Math.sqrt(0.5) * 10, Math.sqrt(0.86) * 10];
    close(imp, small + 0.95 * (large - small));
  });

  it("do not take a gap for a change, and need two frames in a row", () => {
    const gap = trace([calm, smile, smile], [0, 5, 6]);
    close(expressivityIndices([{ trace: gap, baseline: calm }])!.imp, 0);
    assert.equal(expressivityIndices([{ trace: trace([calm, smile], [0, 2]), baseline: calm }]), undefined);
    assert.equal(expressivityIndices([]), undefined);
  });

  it("take the baseline from the clip at rest, or from the most neutral quarter of the frames", () => {
    assert.deepEqual(restingBaseline([trace([calm, calm])]), calm);
    assert.equal(restingBaseline([trace([])]), undefined);
    assert.deepEqual(maxNeutralBaseline([trace([smile, calm, grief, smile])]), calm);
  });

  it("label a part of a clip by its mean", () => {
    const clip = trace([calm, smile, smile, grief]);
    assert.equal(emotionBetween(clip, 100, 300), "happy");
    assert.equal(emotionBetween(clip, 0, 100), "neutral");
    assert.equal(emotionBetween(clip, 900, 1000), undefined);
  });
});

describe("the analysis", () => {
  it("covers the population's correlations with about 95 % of its intervals", () => {
    const covered = { pos: 0, neg: 0, imp: 0 };
    const samples = 120;
    for (let sample = 0; sample < samples; sample++) {
      const people = drawPeople(40, 1000 + sample).map(personOf);
      for (const { index, correlation } of relations(people, [], {
        draws: 199,
        seed: sample,
        minCoverage: 0.5,
      })) {
        const { interval } = correlation.pearson;
        const truth = populationCorrelation[index];
        if (interval.defined && interval.low <= truth && truth <= interval.high) covered[index]++;
      }
    }
    // 120 draws of .95 scatter by .02; bootstrap intervals of 40 cases are known to be a little short.
    for (const name of indexNames)
      assert.ok(
        covered[name] / samples > 0.87 && covered[name] / samples < 1,
        `${name}: ${covered[name] / samples}`,
      );
  });

  it("cuts at the lower end of each category", () => {
    const cut = (value: number) => categoryOf(value, [3, 5]);
    assert.deepEqual([2.99, 3, 4.99, 5].map(cut), [0, 1, 1, 2]);
  });
});

describe("the report's Markdown", () => {
  const texts: [string, string][] = [
    ["<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)>"],
    ["[a](javascript:b) | `c` *d* _e_", "\\[a\\](javascript:b) \\| \\`c\\` \\*d\\* \\_e\\_"],
    ["E_pos = 0.5\n# no heading", "E_pos = 0.5 # no heading"],
    ["p < 0.001 &amp; more", "p < 0.001 &amp;amp; more"],
  ];
  for (const [given, written] of texts)
    it(`shows ${JSON.stringify(given)} as text`, () => assert.equal(escapeMarkdown(given), written));

  it("begins no list and no heading with a text of others", () => {
    const written = (text: string) => toMarkdown([{ kind: "paragraph", text }]);
    assert.equal(written("- a"), "\\- a\n");
    assert.equal(written("# a"), "\\# a\n");
    assert.equal(written("2. a"), "2\\. a\n");
    assert.equal(written("0.58 is a number"), "0.58 is a number\n");
  });

  it("shows the first thousand of very many people, and says where the others are", () => {
    const rows = (people: number) => Array.from({ length: people }, (_, i) => [`p${i}`]);
    assert.deepEqual(longTable("People", ["id"], rows(1000)), [table("People", ["id"], rows(1000))]);
    const [said, shown] = longTable("People", ["id"], rows(100_000));
    assert.match(
      said!.kind === "notice" ? said!.text : "",
      /^People: the first 1000 of 100000 rows\. Its report\.json/,
    );
    assert.deepEqual(shown, table("People", ["id"], rows(1000)));
  });
});

function personOf({ index, facet }: ReturnType<typeof drawPeople>[number], i: number): Person {
  return {
    id: `p${i}`,
    covariates: {},
    responses: 1,
    score: { ...facet, total: 0, answered: 16, straightLined: false },
    clips: 1,
    frames: 100,
    coverage: 1,
    otherFaces: false,
    baseline: "resting-clip",
    indices: index,
    segments: [],
  };
}
