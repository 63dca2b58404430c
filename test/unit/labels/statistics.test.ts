import assert from "node:assert/strict";
import { parseLabels } from "../../../shared/labels/document.ts";
import { labelStatistics } from "../../../shared/labels/statistics.ts";
import { labelsText } from "./sampleLabels.ts";

describe("statistics of labels", () => {
  it("are counts and lengths by tier, face and label", () => {
    const happy = (id: string, startMs: number, endMs: number) => ({
      ...{ id, tier: "face", startMs, endMs, label: "happy" },
    });
    const document = parseLabels(
      labelsText([
        ...[happy("a", 0, 1000), happy("b", 2000, 2500), happy("c", 4000, 4600), happy("d", 5000, 5400)],
        { id: "e", tier: "face", face: 2, startMs: 500, endMs: 700, label: "happy" },
        { id: "f", tier: "blink", startMs: 640, label: "blink" },
        { id: "g", tier: "blink", startMs: 940, label: "blink" },
      ]),
    );
    assert.deepEqual(labelStatistics(document), [
      {
        ...{ tier: "face", label: "happy", count: 4, firstMs: 0 },
        lengths: {
          ...{ totalMs: 2500, meanMs: 625, medianMs: 550, shortestMs: 400, longestMs: 1000, share: 0.25 },
        },
      },
      {
        ...{ tier: "face", face: 2, label: "happy", count: 1, firstMs: 500 },
        lengths: { totalMs: 200, meanMs: 200, medianMs: 200, shortestMs: 200, longestMs: 200, share: 0.02 },
      },
      { tier: "blink", label: "blink", count: 2, firstMs: 640 },
    ]);
    assert.deepEqual(labelStatistics(parseLabels(labelsText([]))), []);
  });
});
