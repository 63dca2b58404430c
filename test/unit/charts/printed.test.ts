import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { chartSchema, type Chart } from "../../../shared/charts/chart.ts";
import { drawChart } from "../../../shared/charts/drawChart.ts";
import { curvesChart } from "../../../shared/charts/curves.ts";
import { matrixChart } from "../../../shared/charts/matrix.ts";
import { stepsChart } from "../../../shared/charts/steps.ts";

describe("charts for print", () => {
  const value = (at: number, mean: number, spread = 0) => ({
    at,
    mean,
    low: mean - spread,
    high: mean + spread,
  });
  const options = {
    ...{ title: "Loss <by> epoch", xName: "Epoch", yName: "Loss", share: false },
    first: { name: "validation", values: [value(1, 2, 0.1), value(2, 1, 0.1), value(3, 0.5, 0.1)] },
    second: { name: "training", values: [value(1, 1.5), value(2, 0.8), value(3, 0.2)] },
    mark: { at: 3, name: "kept" },
  };

  it("have both axes with their names, a legend, and words of users as text", () => {
    const svg = curvesChart(options, 480);
    for (const word of ["Epoch", "Loss", "validation", "training", "kept", "Loss &lt;by&gt; epoch"])
      assert.ok(svg.includes(`>${word}</text>`), word);
    assert.equal(svg.match(/<polygon/g)?.length, 1, "one band: the other curve has one run");
    assert.ok(
      !curvesChart({ ...options, second: { name: "training", values: [] } }, 480).includes("training"),
    );
  });

  it("draw a value where it belongs, at any width", () => {
    for (const width of [240, 960]) {
      const svg = curvesChart(options, width);
      assert.ok(svg.includes(`viewBox="0 0 ${width} `));
      // The curve falls: its first piece goes down, and to the right.
      const [, x1, y1, x2, y2] =
        /<line x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="([\d.]+)" class="c-accent"/
          .exec(svg)!
          .map(Number);
      assert.ok(x1! < x2! && y1! < y2!);
    }
  });

  it("show shares over time, and a matrix with its numbers", () => {
    const steps = stepsChart("clip.mp4", "share that agrees", { shares: [1, 0, 0.5], stepMs: 2000 }, 500);
    assert.equal(steps.match(/<polygon/g)?.length, 3);
    assert.ok(steps.includes("mean 0.50") && steps.includes("Time, s"));
    const matrix = matrixChart(
      {
        ...{ title: "Confusion", rows: "truth", columns: "answer", labels: ["happy", "sad"] },
        cell: (i, k) => (i === 1 && k === 0 ? undefined : { text: String(10 * i + k), share: 0.5 }),
      },
      400,
    );
    for (const word of [">0<", ">1<", ">11<", "truth", "answer"]) assert.ok(matrix.includes(word), word);
    assert.ok(!matrix.includes(">10<"));
  });

  const charts: Chart[] = [
    {
      ...{ kind: "means", title: "Happy, by condition", valueName: "0 to 1" },
      levels: [{ name: "comedy", mean: 0.6, interval: [0.5, 0.7] }, { name: "news" }],
      people: [
        [0.5, 0.3],
        [0.7, null],
      ],
    },
    {
      ...{ kind: "forest", title: "Accuracy by group", xName: "accuracy", range: [0, 1] },
      ...{ ticks: [0, 0.5, 1], reference: 0.8 },
      rows: [{ name: "site town", value: 0.82, interval: [0.7, 0.9] }, { name: "site country" }],
    },
    {
      ...{ kind: "scatter", title: "E_str, STR", subtitle: "n = 3, r = 0.5", xName: "E_str", yName: "STR" },
      ...{ x: [0.1, 0.2, 0.3], y: [3, 5, 4] },
    },
    {
      ...{ kind: "bland-altman", title: "E_str, STR", first: [3, 4, 5], second: [2, 4, 6] },
      limits: {
        ...{ bias: 0, limits: [-2, 2], biasInterval: [-1, 1] },
        ...{ lowerLimitInterval: [-3, -1], upperLimitInterval: [1, 3] },
      },
    },
    { kind: "histogram", title: "Total", scores: [1, 4, 4.2, 7] },
    {
      ...{ kind: "reliability", title: "Tier face: reliability", subtitle: "40 steps" },
      bins: [
        { n: 0, confidence: null, accuracy: null },
        { n: 40, confidence: 0.8, accuracy: 0.7 },
      ],
    },
  ];
  /** What each has of axes, legends and figures. */
  const words: Record<Chart["kind"], readonly string[]> = {
    means: ["0 to 1", "comedy", "news"],
    forest: ["accuracy", "site town", "0.82 (0.70 to 0.90)", "not defined"],
    scatter: ["E_str", "STR"],
    "bland-altman": ["mean of mapped index and facet", "mapped index less facet", "-2.00"],
    histogram: ["score", "participants"],
    reliability: ["confidence", "accuracy"],
  };
  for (const chart of charts)
    it(`of the kind ${chart.kind} have their axes at every width, and nothing outside of the drawing`, () => {
      assert.deepEqual(chartSchema.parse(JSON.parse(JSON.stringify(chart))), chart, "it goes through JSON");
      for (const width of [undefined, 300, 360, 740, 1200]) {
        const svg = drawChart(chart, width);
        const [, across] = /viewBox="0 0 (\d+) \d+"/.exec(svg)!;
        if (width !== undefined) assert.equal(Number(across), width);
        for (const word of words[chart.kind])
          assert.ok(svg.includes(`>${word}</text>`), `${word} at ${width}`);
        const xs = [...svg.matchAll(/ (?:x|x1|x2|cx)="(-?[\d.]+)"/g)].map(([, x]) => Number(x));
        assert.ok(
          Math.min(...xs) >= 0 && Math.max(...xs) <= Number(across),
          `${Math.max(...xs)} of ${across}`,
        );
      }
    });

  /** Pictures that are no charts. */
  const noCharts = ["views/live/FaceView.tsx", "views/live/LiveStage.tsx"];

  it("are what every chart of page and panels can be saved as", async () => {
    const webview = path.join(import.meta.dirname, "../../../webview");
    const files = (await readdir(webview, { recursive: true })).filter((name) => name.endsWith(".tsx"));
    const drawn: string[] = [];
    for (const name of files.map((one) => one.split(path.sep).join("/"))) {
      const text = await readFile(path.join(webview, name), "utf8");
      const draws = /role="img"|data:image\/svg|<Timeline(<\w+>)?$/m.test(text);
      if (!draws || noCharts.includes(name)) continue;
      drawn.push(name);
      const around = name === "views/result/ResultTimeline.tsx" ? "views/result/Exports.tsx" : name;
      assert.match(await readFile(path.join(webview, around), "utf8"), /<(FigureMenu|SaveFigure)\b/, name);
    }
    assert.deepEqual(drawn.sort(), [
      "components/BarChart.tsx",
      "views/beq/ReportPart.tsx",
      "views/compare/CompareResults.tsx",
      "views/labels/AgreementPlot.tsx",
      "views/labels/LabelsTimeline.tsx",
      "views/live/LiveHistory.tsx",
      "views/live/LiveVoice.tsx",
      "views/models/EvaluatedFigures.tsx",
      "views/result/ResultTimeline.tsx",
      "views/training/CurvePlot.tsx",
      "views/training/TrainedFigures.tsx",
    ]);
  });
});
