import assert from "node:assert/strict";
import { checkLabels } from "../../../shared/labels/check/checkLabels.ts";
import type { LabelFacts } from "../../../shared/labels/check/problem.ts";
import { formatLabels, parseLabels } from "../../../shared/labels/document.ts";
import { problemRanges } from "../../../shared/labels/places.ts";
import { labelsText, sampleScheme } from "./sampleLabels.ts";

const facts: LabelFacts = { scheme: sampleScheme };
const at = (id: string, startMs: number, endMs?: number, more: object = {}) => ({
  id,
  tier: "face",
  startMs,
  ...(endMs !== undefined && { endMs }),
  label: "happy",
  ...more,
});

/** [what, annotations, code, the times of each id after the first fix] */
const mended: [string, object[], string, Record<string, (number | undefined)[]>][] = [
  ["two that overlap", [at("a", 0, 1000), at("b", 900, 2000)], "overlap", { a: [0, 900], b: [900, 2000] }],
  ["one inside another", [at("a", 0, 3000), at("b", 900, 2000)], "overlap", { a: [0, 900], b: [900, 2000] }],
  ["an end before its start", [at("a", 900, 100)], "end_before_start", { a: [100, 900] }],
  ["no length", [at("a", 900, 900)], "end_before_start", { a: [900, 940] }],
  ["a start before the clip", [at("a", -50, 100)], "before_start", { a: [0, 100] }],
  ["an end past the clip", [at("a", 9000, 12_000)], "past_end", { a: [9000, 10_000] }],
  [
    "a moment with an end",
    [at("a", 100, 200, { tier: "blink", label: "blink" })],
    "wrong_kind",
    { a: [100, undefined] },
  ],
  ["less than the scheme wants", [at("a", 100, 120)], "too_short", { a: [100, 140] }],
  ["a stretch without an end", [at("a", 100)], "wrong_kind", { a: [100, 140] }],
];

describe("what is wrong in a labels file", () => {
  for (const [what, annotations, code, times] of mended)
    it(`${what} is told at its line and mended`, () => {
      const text = labelsText(annotations);
      const document = parseLabels(text);
      const [problem, ...others] = checkLabels(document, facts);
      assert.equal(problem?.code, code);
      assert.deepEqual(others, []);
      const { start, end } = problemRanges(text)(problem);
      assert.ok("list" in problem.at);
      assert.equal((JSON.parse(text.slice(start, end)) as { id: string }).id, problem.at.id);
      const after = parseLabels(formatLabels(problem.fixes[0]!.apply(document)));
      assert.deepEqual(checkLabels(after, facts), []);
      for (const [id, [from, to]] of Object.entries(times)) {
        const one = after.annotations.find((annotation) => annotation.id === id)!;
        assert.deepEqual([one.startMs, one.endMs], [from, to]);
      }
    });

  it("one that others surround keeps both ends of them", () => {
    const document = parseLabels(labelsText([at("a", 0, 3000), at("b", 900, 2000)]));
    const fix = checkLabels(document, facts)[0]!.fixes.find(({ title }) => title.startsWith("Cut"))!;
    assert.deepEqual(
      fix.apply(document).annotations.map(({ startMs, endMs }) => [startMs, endMs]),
      [
        [0, 900],
        [900, 2000],
        [2000, 3000],
      ],
    );
  });

  it("a tier, a label or an intensity that the scheme lacks is replaced by the nearest", () => {
    const document = parseLabels(
      labelsText([
        at("a", 0, 100, { tier: "fase" }),
        at("b", 200, 300, { label: "hapy" }),
        at("c", 400, 500, { intensity: "b" }),
      ]),
    );
    const problems = checkLabels(document, facts);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["unknown_tier", "unknown_label", "unknown_intensity"],
    );
    const after = problems.reduce((d, { fixes }) => fixes[0]!.apply(d), document);
    assert.deepEqual(
      after.annotations.map(({ tier, label, intensity }) => [tier, label, intensity]),
      [
        ["face", "happy", undefined],
        ["face", "happy", undefined],
        ["face", "happy", "B"],
      ],
    );
  });

  it("a clip, a scheme or a file name that is not what it was is told", () => {
    const sha256 = "a".repeat(64);
    const document = parseLabels(
      labelsText([], { media: { file: "c.mp4", sha256, durationMs: 5 }, schemeFingerprint: "0" }),
    );
    const now = { ...facts, clip: { sha256: "b".repeat(64), durationMs: 9 }, twins: ["x.labels.json"] };
    const problems = checkLabels(document, now);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["clip_changed", "scheme_changed", "same_annotator"],
    );
    const after = problems.reduce((d, { fixes }) => fixes[0]!.apply(d), document);
    assert.deepEqual(checkLabels(after, { ...now, twins: [] }), []);
    assert.equal(after.head.annotator, "a01-2");
    assert.deepEqual(
      checkLabels(document, { clip: "missing", schemeProblem: "x" }).map(({ code }) => code),
      ["clip_missing", "scheme_missing"],
    );
  });

  it("two annotations with one id are told apart", () => {
    const text = labelsText([at("a", 0, 100), at("a", 200, 300)]);
    const document = parseLabels(text);
    const [problem] = checkLabels(document, facts);
    assert.equal(problem?.code, "double_id");
    const { start } = problemRanges(text)(problem);
    assert.equal(text.slice(0, start).split("\n").length, 8);
    const ids = problem.fixes[0]!.apply(document).annotations.map(({ id }) => id);
    assert.equal(new Set(ids).size, 2);
  });

  it("on tiers where annotations may overlap nothing is wrong with it, outside a parent there is", () => {
    const smile = (id: string, from: number, to: number) =>
      at(id, from, to, { tier: "smile", label: "open" });
    const document = parseLabels(
      labelsText([at("f", 0, 1000), smile("a", 0, 800), smile("b", 100, 900), smile("c", 900, 1100)]),
    );
    assert.deepEqual(
      checkLabels(document, facts).map(({ code, at: place }) => [code, "id" in place && place.id]),
      [["outside_parent", "c"]],
    );
  });

  it("an entry that is none stands at its line, whatever is before it, and gets its id or goes", () => {
    const text = labelsText([
      at("a", 0, 100),
      { tier: "face", startMs: 200, endMs: 300, label: "sad" },
      at("b", 400, 500),
      { id: "c", startMs: 600 },
    ]);
    const document = parseLabels(text);
    const problems = checkLabels(document, facts);
    const found = problemRanges(text);
    assert.deepEqual(
      problems.map((problem) => {
        const { start } = found(problem);
        return [problem.code, text.slice(0, start).split("\n").length, problem.message.split(": ")[1]];
      }),
      [
        ["unreadable", 8, "it lacks id. It is kept as it is."],
        ["unreadable", 10, "it lacks tier, label. It is kept as it is."],
      ],
    );
    const withId = problems[0]!.fixes[0]!.apply(document);
    assert.deepEqual(
      withId.annotations.map(({ label }) => label),
      ["happy", "sad", "happy"],
    );
    assert.equal(problems[1]!.fixes.at(-1)!.apply(document).unreadable.length, 1);
  });

  it("rated values out of their range, or of no tier, are told at their line and mended", () => {
    const traces = [
      { tier: "valence", startMs: 0 },
      { tier: "valence", startMs: 0, rateHz: 25, values: [0, 3, null, -2] },
      { tier: "nose", startMs: 0, rateHz: 25, values: [0] },
    ];
    const text = labelsText([]).replace(
      '"traces": [\n]',
      `"traces": [\n${traces.map((one) => JSON.stringify(one)).join(",\n")}\n]`,
    );
    const document = parseLabels(text);
    const problems = checkLabels(document, facts).filter(({ code }) => code !== "unreadable");
    const found = problemRanges(text);
    for (const [i, problem] of problems.entries())
      assert.equal(text.slice(found(problem).start, found(problem).end), JSON.stringify(traces[i + 1]));
    assert.deepEqual(problems[0]!.fixes[0]!.apply(document).traces[0]!.values, [0, 1, null, -1]);
    assert.equal(problems[1]!.fixes[0]!.apply(document).traces.length, 1);
  });

  it("a clip or a scheme that is not there is named anew, a strange tier or label gets one that the scheme has", () => {
    const document = parseLabels(
      labelsText([at("a", 0, 100, { tier: "zzzzzz" }), at("b", 0, 100, { label: "zzzzzz" })]),
    );
    const away = {
      clip: "missing",
      clips: ["other.mp4", "clip2.mp4"],
      schemes: ["emotion.scheme.yaml"],
    } as const;
    const [clip, scheme] = checkLabels(document, { ...away, schemeProblem: "gone" });
    assert.equal(clip!.fixes[0]!.apply(document).head.media.file, "clip2.mp4");
    assert.equal(scheme!.fixes[0]!.apply(document).head.scheme, "emotion.scheme.yaml");
    const after = checkLabels(document, facts).reduce((d, { fixes }) => fixes[0]!.apply(d), document);
    assert.deepEqual(
      after.annotations.map(({ tier, label }) => [tier, label]),
      [
        ["face", "happy"],
        ["face", "neutral"],
      ],
    );
  });
});
