import assert from "node:assert/strict";
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
});
