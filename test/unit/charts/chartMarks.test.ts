import assert from "node:assert/strict";
import type { Chart, ChartOf } from "../../../shared/charts/chart.ts";
import { chartMarks, nearestMark } from "../../../shared/charts/chartMarks.ts";
import { drawChart } from "../../../shared/charts/drawChart.ts";

const limits: ChartOf<"bland-altman">["limits"] = {
  ...{ bias: 0, limits: [-2, 2], biasInterval: [-1, 1] },
  ...{ lowerLimitInterval: [-3, -1], upperLimitInterval: [1, 3] },
};
const said = { title: "T", subtitle: "s" };

/** Charts, and what the last thing in each says. */
const charts: [Chart, readonly string[]][] = [
  [
    { kind: "scatter", ...said, xName: "NEX", yName: "facet", x: [0.1, 0.4], y: [2, 6.5] },
    ["NEX 0.40", "facet 6.50"],
  ],
  [
    { kind: "bland-altman", title: "T", first: [1, 5], second: [2, 4], limits },
    ["mean 4.50", "difference 1.00"],
  ],
  [{ kind: "histogram", title: "T", scores: [1, 6.5, 7] }, ["6.5 to 7.0", "2 participants"]],
  [
    {
      ...{ kind: "reliability", ...said },
      bins: [
        { n: 0, confidence: null, accuracy: null },
        { n: 9, confidence: 0.8, accuracy: 0.75 },
      ],
    },
    ["confidence 0.80", "accuracy 0.75", "n 9"],
  ],
  [
    {
      ...{ kind: "means", title: "T", valueName: "v", people: [[1, 2]] },
      levels: [{ name: "rest" }, { name: "film", mean: 1.5, interval: [1, 2] }],
    },
    ["film", "mean 1.50", "95 % interval 1.00 to 2.00"],
  ],
];

describe("what lies under the pointer of a report's chart", () => {
  for (const [chart, expected] of charts)
    it(`is told where it is drawn: ${chart.kind}`, () => {
      const { width, height, marks } = chartMarks(chart)!;
      const svg = drawChart(chart);
      assert.ok(svg.includes(`viewBox="0 0 ${width} ${height}"`));
      const drawn = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
        Number(x),
        Number(y),
      ]);
      const told = marks.map(({ at }) => at.map((value) => Math.round(10 * value) / 10));
      // Bars are told at their middle.
      if (chart.kind !== "histogram") assert.deepEqual(told, drawn);
      const [x, y] = marks.at(-1)!.at;
      assert.deepEqual(nearestMark(marks, [x + 3, y - 3])?.lines, expected);
    });

  it("is nothing where there is nothing, or where figures stand as text", () => {
    assert.equal(nearestMark([], [1, 1]), undefined);
    const forest: Chart = {
      ...{ kind: "forest", title: "T", xName: "r" },
      range: [-1, 1],
      ticks: [0],
      reference: 0,
      rows: [],
    };
    assert.equal(chartMarks(forest), undefined);
  });
});
