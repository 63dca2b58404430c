import assert from "node:assert/strict";
import { formatLabels, parseLabels } from "../../../shared/labels/document.ts";
import { addAnnotations, changeAnnotations } from "../../../shared/labels/edits.ts";
import { isSettled, newGold, signed } from "../../../shared/labels/gold.ts";
import { labelsText, sampleScheme } from "./sampleLabels.ts";

const at = "2026-11-27T07:00:00.000Z";

function colleague(annotator: string, stretches: [string, number, number, string][]) {
  const annotations = stretches.map(([id, startMs, endMs, label]) => ({
    id,
    tier: "face",
    startMs,
    endMs,
    label,
  }));
  return { annotator, document: parseLabels(labelsText(annotations, { annotator, blind: true })) };
}

describe("a gold file", () => {
  const a = colleague("a", [
    ["a1", 0, 1000, "happy"],
    ["a2", 1000, 2000, "sad"],
  ]);
  const b = colleague("b", [
    ["b1", 0, 1000, "happy"],
    ["b2", 1000, 2000, "neutral"],
  ]);
  const gold = newGold([a, b], sampleScheme, "boss", at);

  it("holds what all say, as decided by all, and leaves open what they differ in", () => {
    const read = parseLabels(formatLabels(gold));
    assert.deepEqual([read.head.gold, read.head.annotator, read.head.blind], [true, "boss", undefined]);
    assert.deepEqual(
      read.annotations.map(({ startMs, endMs, label, decided }) => [startMs, endMs, label, decided]),
      [[0, 1000, "happy", { by: "a, b", at, of: ["a/a1", "b/b1"] }]],
    );
    const open = [a, b].flatMap(({ annotator, document }) =>
      document.annotations
        .filter((annotation) => !isSettled(gold, { annotator, annotation }))
        .map(({ id }) => id),
    );
    assert.deepEqual(open, ["a2", "b2"]);
  });

  it("records who decided what is drawn or changed, and leaves what is not", () => {
    const drawn = signed(
      gold,
      addAnnotations(gold, [{ id: "new", tier: "face", startMs: 1000, endMs: 1900, label: "sad" }]),
      "boss",
      at,
    );
    const [agreed, own] = drawn.annotations;
    assert.deepEqual(own!.decided, { by: "boss", at });
    assert.equal(agreed!.decided!.by, "a, b");
    const corrected = signed(
      drawn,
      changeAnnotations(drawn, new Set([agreed!.id]), { label: "neutral" }),
      "boss",
      at,
    ).annotations[0]!;
    assert.deepEqual(corrected.decided, { by: "boss", at, of: ["a/a1", "b/b1"] });
    for (const { annotator, document } of [a, b])
      for (const annotation of document.annotations) assert.ok(isSettled(drawn, { annotator, annotation }));
  });
});
