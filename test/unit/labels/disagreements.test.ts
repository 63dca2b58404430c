import assert from "node:assert/strict";
import { findDisagreements } from "../../../shared/labels/agreement/disagreements.ts";
import { labelledSet, type ComparedFile } from "../../../shared/labels/agreement/clips.ts";
import { parseLabels } from "../../../shared/labels/document.ts";
import { labelsText, sampleScheme } from "./sampleLabels.ts";

function file(annotator: string, annotations: readonly object[]): ComparedFile {
  const media = { file: "c.mp4", durationMs: 1000 };
  const named = annotations.map((one, i) => ({ id: `s${i}`, tier: "face", ...one }));
  const document = parseLabels(labelsText(named, { annotator, media }));
  return { name: annotator, clipPath: "c.mp4", document, scheme: sampleScheme };
}

describe("where annotators do not say the same", () => {
  const a = file("a", [
    { startMs: 0, endMs: 400, label: "happy" },
    { startMs: 400, endMs: 1000, label: "sad" },
    { tier: "blink", startMs: 100, label: "blink" },
    { tier: "blink", startMs: 700, label: "blink" },
  ]);
  const b = file("b", [
    { startMs: 0, endMs: 500, label: "happy" },
    { startMs: 500, endMs: 700, label: "sad" },
    { tier: "blink", startMs: 180, label: "blink" },
  ]);
  const { disagreements, overTime } = findDisagreements(labelledSet([a, b]), 200);

  it("stretches and moments are listed, the longest first, with what each says", () => {
    assert.deepEqual(
      disagreements.map(({ tier, startMs, endMs, labels }) => [
        tier,
        startMs,
        endMs,
        labels["a"],
        labels["b"],
      ]),
      [
        ["face", 700, 1000, "sad", "(none)"],
        ["face", 400, 500, "sad", "happy"],
        ["blink", 700, 700, "blink", "(none)"],
      ],
    );
  });

  it("the plot over time has the share of pairs that agree in each bin", () => {
    const face = overTime.find(({ tier }) => tier === "face")!;
    assert.equal(face.binMs, 100);
    assert.deepEqual([...face.shares], [1, 1, 1, 1, 0, 1, 1, 0, 0, 0]);
  });

  it("of three the share is that of pairs", () => {
    const c = file("c", [{ startMs: 0, endMs: 1000, label: "happy" }]);
    const { overTime: three } = findDisagreements(labelledSet([a, b, c]), 200);
    const { shares } = three.find(({ tier }) => tier === "face")!;
    assert.equal(shares[0], 1);
    assert.ok(Math.abs(shares[4]! - 1 / 3) < 1e-12);
  });
});
