import assert from "node:assert/strict";
import { formatLabels, parseLabels, salvageLabels } from "../../../shared/labels/document.ts";
import { placesOf } from "../../../shared/labels/places.ts";
import { readScheme, schemeFingerprint } from "../../../shared/labels/scheme.ts";
import { isAppError } from "../../../shared/errors.ts";
import { labelsText, sampleScheme } from "./sampleLabels.ts";

const a = { id: "a", tier: "face", startMs: 0, endMs: 1200, label: "neutral" };
const b = { id: "b", tier: "face", startMs: 1200, endMs: 2520, label: "happy", intensity: "C", note: "" };
const p = { id: "p", tier: "blink", startMs: 640, label: "blink" };

describe("a labels file", () => {
  it("is written as it was read, one annotation a line", () => {
    const text = labelsText([a, p, b]);
    assert.equal(formatLabels(parseLabels(text)), text);
    assert.equal(text.split("\n").filter((line) => line.startsWith('{"id"')).length, 3);
  });

  it("is sorted by start when it is written", () => {
    const { annotations } = parseLabels(formatLabels(parseLabels(labelsText([b, p, a]))));
    assert.deepEqual(
      annotations.map(({ id }) => id),
      ["a", "p", "b"],
    );
  });

  it("keeps fields that are not known, at every level", () => {
    const text = labelsText([{ ...a, mood: { x: [1] } }], {
      media: { file: "c", durationMs: 1, lens: "35 mm" },
      reviewer: "z",
    });
    const again = formatLabels(parseLabels(text));
    assert.ok(
      again.includes('"mood":{"x":[1]}') &&
        again.includes('"lens":"35 mm"') &&
        again.includes('"reviewer": "z"'),
    );
  });

  it("keeps entries that are no annotations", () => {
    const odd = { id: "q", tier: "face", startMs: "soon" };
    const document = parseLabels(labelsText([a, odd]));
    assert.deepEqual(document.unreadable, [{ list: "annotations", value: odd, at: 1 }]);
    assert.ok(formatLabels(document).includes(JSON.stringify(odd)));
  });

  it("that is broken names its line", () => {
    const lines = labelsText([a, p, b]).split("\n");
    lines[6] = lines[6]!.slice(0, 20);
    assert.throws(
      () => parseLabels(lines.join("\n")),
      (error) => isAppError(error, "invalid_labels") && error.message.includes("line 7"),
    );
  });

  it("that is cut off anywhere below its heading loses no line but the one that was cut", () => {
    const text = labelsText([a, p, b]);
    for (let at = text.indexOf('{"id":"b"'); at < text.length; at++) {
      const { document } = salvageLabels(text.slice(0, at));
      assert.ok(document.annotations.length >= 2, `at ${at}`);
    }
  });

  it("with the marks of a merge keeps both sides", () => {
    const ours = { ...b, label: "sad" };
    const lines = labelsText([a, p]).split("\n");
    lines.splice(7, 0, "<<<<<<< ours", JSON.stringify(ours), "=======", JSON.stringify(b), ">>>>>>> theirs");
    const { document, lost } = salvageLabels(lines.join("\n"));
    assert.deepEqual(
      document.annotations.map(({ id, label }) => [id, label]),
      [
        ["a", "neutral"],
        ["p", "blink"],
        ["b", "sad"],
        ["b-2", "happy"],
      ],
    );
    assert.deepEqual(lost, []);
  });

  it("has each entry where its text stands", () => {
    const text = labelsText([a, { ...b, note: 'a "}]" , {' }]);
    const { entries, fields } = placesOf(text);
    assert.deepEqual(
      entries.annotations.map(({ start, end }) => (JSON.parse(text.slice(start, end)) as { id: string }).id),
      ["a", "b"],
    );
    const media = fields.get("media")!;
    assert.equal(text.slice(media.start, media.end), '{"file":"clip.mp4","durationMs":10000}');
  });
});

describe("a coding scheme", () => {
  it("passes over fields that it does not know", () => {
    const value = { ...sampleScheme, lab: "x", tiers: [{ ...sampleScheme.tiers[0], depth: 3 }] };
    const read = readScheme(value);
    assert.ok("scheme" in read);
    assert.deepEqual(read.unknown, ["tiers.0.depth", "lab"]);
  });

  it("with two tiers or labels of one name is none", () => {
    const [tier] = sampleScheme.tiers;
    assert.ok("issues" in readScheme({ title: "t", tiers: [tier, tier] }));
    assert.ok(
      "issues" in readScheme({ title: "t", tiers: [{ ...tier, labels: [{ id: "x" }, { id: "x" }] }] }),
    );
  });

  it("has a fingerprint of what labels depend on, and of nothing else", () => {
    const [tier, ...rest] = sampleScheme.tiers;
    const was = schemeFingerprint(sampleScheme);
    assert.match(was, /^[0-9a-f]{16}$/);
    assert.equal(schemeFingerprint({ ...sampleScheme, title: "Other", note: "x" }), was);
    assert.notEqual(
      schemeFingerprint({ ...sampleScheme, tiers: [{ ...tier!, labels: [{ id: "sad" }] }, ...rest] }),
      was,
    );
  });
});
