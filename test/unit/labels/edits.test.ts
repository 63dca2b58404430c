import assert from "node:assert/strict";
import { formatLabels, parseLabels, type LabelsDocument } from "../../../shared/labels/document.ts";
import {
  changeAnnotations,
  duplicateAnnotations,
  mergeAnnotations,
  punchTrace,
  splitAnnotations,
  textChange,
} from "../../../shared/labels/edits.ts";
import { seededRandom } from "../../../shared/stats/random.ts";
import { labelsText } from "./sampleLabels.ts";

const document = parseLabels(
  labelsText([
    { id: "a", tier: "face", startMs: 0, endMs: 1000, apexMs: 700, label: "happy", note: "n" },
    { id: "b", tier: "face", startMs: 1000, endMs: 2000, label: "sad" },
  ]),
);
const times = ({ annotations }: LabelsDocument) =>
  annotations.map(({ startMs, endMs, apexMs }) => [startMs, endMs, apexMs]);

describe("edits of labels", () => {
  it("split keeps the apex with its part", () => {
    assert.deepEqual(times(splitAnnotations(document, new Set(["a"]), 500)), [
      [0, 500, undefined],
      [500, 1000, 700],
      [1000, 2000, undefined],
    ]);
    assert.deepEqual(times(splitAnnotations(document, new Set(["a"]), 1000)), times(document));
  });

  it("merge goes from the first start to the last end, with the first label", () => {
    const merged = mergeAnnotations(document, new Set(["a", "b"]));
    assert.deepEqual(times(merged), [[0, 2000, 700]]);
    assert.equal(merged.annotations[0]!.label, "happy");
  });

  it("a change without a value takes the field away", () => {
    const changed = changeAnnotations(document, new Set(["a"]), { note: undefined, startMs: 1 / 3 });
    assert.ok(!("note" in changed.annotations[0]!));
    assert.equal(changed.annotations[0]!.startMs, 0.333);
  });

  it("a copy on another tier has an id of its own", () => {
    const copied = duplicateAnnotations(document, new Set(["b"]), "smile", () => "open", seededRandom(1));
    const copy = copied.annotations.find(({ tier }) => tier === "smile")!;
    assert.deepEqual([copy.startMs, copy.label], [1000, "open"]);
    assert.equal(new Set(copied.annotations.map(({ id }) => id)).size, 3);
  });

  it("rating again over a part replaces that part alone", () => {
    const key = { tier: "valence", rateHz: 10 };
    const rated = punchTrace(document, key, 1000, [0.1, 0.2, 0.3, 0.4]);
    assert.deepEqual(rated.traces[0]!.values.slice(10), [0.1, 0.2, 0.3, 0.4]);
    const again = punchTrace(rated, key, 1100, [0.9, null, 0.7]);
    assert.deepEqual(again.traces[0]!.values.slice(10), [0.1, 0.9, 0.3, 0.7]);
    assert.equal(again.traces[0]!.values[0], null);
    assert.equal(again.traces.length, 1);
  });

  it("the change of text turns one into the other, whatever they are", () => {
    const random = seededRandom(7);
    const word = () => Array.from({ length: 8 }, () => "ab\n😀"[Math.floor(random() * 5)] ?? "").join("");
    for (let i = 0; i < 500; i++) {
      const [before, after] = [word(), word()];
      const change = textChange(before, after);
      if (change === undefined) assert.equal(before, after);
      else assert.equal(before.slice(0, change.start) + change.text + before.slice(change.end), after);
    }
    const text = formatLabels(document);
    const change = textChange(
      text,
      formatLabels(changeAnnotations(document, new Set(["b"]), { label: "sat" })),
    )!;
    assert.equal(change.text, "t");
  });
});
