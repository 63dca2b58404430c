import assert from "node:assert/strict";
import { assignClips } from "../../../shared/labels/assign.ts";
import { consensus } from "../../../shared/labels/dataset/consensus.ts";
import { testSubjects } from "../../../shared/labels/dataset/splitByPerson.ts";
import { annotationSegment, type AnnotationSegment } from "../../../shared/segments/segment.ts";

const says = (...stretches: [number, number, string, boolean?][]): AnnotationSegment[] =>
  stretches.map(([startMs, endMs, label, unsure], i) =>
    annotationSegment({ id: `s${i}`, tier: "face", startMs, endMs, label, unsure }),
  );
const rows = (all: ReturnType<typeof consensus>) =>
  all.map(({ startMs, endMs, label, agreement }) => [startMs, endMs, label, Math.round(100 * agreement)]);

describe("what counts as true", () => {
  it("is what one annotator says, without what they are not sure of", () => {
    const one = says([0, 100, "happy"], [100, 200, "sad", true], [300, 400, "sad"]);
    assert.deepEqual(rows(consensus([one])), [
      [0, 100, "happy", 100],
      [300, 400, "sad", 100],
    ]);
    assert.equal(consensus([one], { withUnsure: true }).length, 3);
  });

  it("is what more than half of several say, and never a tie", () => {
    const [a, b, c] = [
      says([0, 100, "happy"], [100, 300, "sad"]),
      says([0, 150, "happy"], [150, 300, "sad"]),
      says([50, 200, "happy"]),
    ];
    // From 150 to 200 two of three say sad, from 100 to 150 two say happy.
    assert.deepEqual(rows(consensus([a, b, c])), [
      [0, 50, "happy", 67],
      [50, 100, "happy", 100],
      [100, 150, "happy", 67],
      [150, 300, "sad", 67],
    ]);
    assert.deepEqual(rows(consensus([a, b])), [
      [0, 100, "happy", 100],
      [150, 300, "sad", 100],
    ]);
  });
});

describe("a split by person", () => {
  const samples = Array.from({ length: 20 }, (_, person) =>
    Array.from({ length: 5 + (person % 4) }, (_, i) => ({
      subject: `p${person}`,
      label: ["happy", "sad", "neutral"][(person + i) % 3]!,
    })),
  ).flat();

  it("has near the share that is asked for, all labels on both sides, and repeats", () => {
    const chosen = testSubjects(samples, 0.2, 3);
    const inTest = samples.filter(({ subject }) => chosen.has(subject));
    assert.ok(Math.abs(inTest.length / samples.length - 0.2) < 0.03, String(inTest.length));
    for (const label of ["happy", "sad", "neutral"]) assert.ok(inTest.some((one) => one.label === label));
    assert.deepEqual([...testSubjects(samples, 0.2, 3)], [...chosen]);
  });

  it("never puts the only person, or everybody, into the test part", () => {
    assert.equal(testSubjects(samples.slice(0, 5), 0.5, 1).size, 0);
    assert.equal(testSubjects(samples.slice(0, 11), 0.9, 1).size, 1);
    assert.equal(testSubjects(samples, 0, 1).size, 0);
  });
});

describe("assignments", () => {
  const clips = Array.from({ length: 40 }, (_, i) => ({
    clip: `c${i}.mp4`,
    durationMs: 60_000 * (1 + (i % 3)),
  }));
  const options = { annotators: ["a", "b", "c", "d"], twice: 0.3, scheme: "emotions", seed: 5 };
  const minutes = (made: ReturnType<typeof assignClips>, who: string) =>
    clips
      .filter(({ clip }) => made.clips[clip]!.includes(who))
      .reduce((sum, { durationMs }) => sum + durationMs / 60_000, 0);

  it("share the minutes evenly, give the asked share to two, and use every pair", () => {
    const made = assignClips(clips, options);
    const double = Object.values(made.clips).filter((who) => who.length === 2);
    assert.equal(double.length, 12);
    assert.equal(new Set(double.map((who) => [...who].sort().join())).size, 6);
    const all = options.annotators.map((one) => minutes(made, one));
    assert.ok(Math.max(...all) - Math.min(...all) <= 6, all.join());
    assert.deepEqual(assignClips(clips, options), made);
  });

  it("leave what was assigned, and add what is new", () => {
    const first = assignClips(clips.slice(0, 20), options);
    const again = assignClips(clips, { ...options, annotators: [...options.annotators, "e"] }, first.clips);
    for (const [clip, who] of Object.entries(first.clips)) assert.deepEqual(again.clips[clip], who);
    assert.equal(Object.keys(again.clips).length, 40);
    assert.ok(minutes(again, "e") > 0);
  });

  it("of one annotator are all of theirs", () => {
    const made = assignClips(clips, { ...options, annotators: ["a"] });
    assert.ok(Object.values(made.clips).every((who) => who.join() === "a"));
  });
});
