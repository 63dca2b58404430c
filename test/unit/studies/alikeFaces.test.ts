import assert from "node:assert/strict";
import { faceKey } from "../../../daemon/store/studyFaces.ts";
import { alikePairs, askAbout } from "../../../daemon/studies/faces/pairs.ts";
import type { ClipFace, StudyFace } from "../../../shared/protocol/studyFaces.ts";
import { likeliestOwner, likenessText, studyFaceOwner } from "../../../shared/study/faceText.ts";

const face = (clip: string, track = 1): ClipFace => ({ analysis: clip, track });
const known = (...faces: (ClipFace & Partial<StudyFace>)[]) =>
  new Map(
    faces.map((one) => [
      faceKey(one),
      { mediaName: `${one.analysis}.mp4`, clipOf: "p9", assumed: false, ...one } satisfies StudyFace,
    ]),
  );
const pair = (a: ClipFace, b: ClipFace, likeness: number) => ({ a, b, likeness });
const told = (pairs: readonly { a: ClipFace; b: ClipFace }[]) =>
  pairs.map(({ a, b }) => `${faceKey(a)} = ${faceKey(b)}`);

describe("faces that are alike", () => {
  it("are paired across clips only, the likest first", async () => {
    const embedded = (one: ClipFace, ...values: number[]) => ({
      ...one,
      embedding: Float32Array.from(values),
    });
    const pairs = await alikePairs(
      [
        embedded(face("c"), 0.8, 0.6),
        embedded(face("a", 2), 1, 0),
        embedded(face("a", 1), 1, 0),
        embedded(face("b"), 0.6, 0.8),
      ],
      0.7,
    );
    assert.deepEqual(
      pairs.map(({ a, b, likeness }) => [faceKey(a), faceKey(b), Number(likeness.toFixed(3))]),
      [
        ["b 1", "c 1", 0.96],
        ["a 1", "c 1", 0.8],
        ["a 2", "c 1", 0.8],
      ],
    );
  });

  it("are asked about as rarely as joins them", () => {
    const [a, b, c, d] = ["a", "b", "c", "d"].map((clip) => face(clip)) as [
      ClipFace,
      ClipFace,
      ClipFace,
      ClipFace,
    ];
    const pairs = [pair(a, b, 0.99), pair(b, c, 0.98), pair(a, c, 0.97), pair(c, d, 0.96), pair(a, d, 0.95)];
    assert.deepEqual(told(askAbout(pairs, known(a, b, c, d), [])), ["a 1 = b 1", "b 1 = c 1", "c 1 = d 1"]);
  });

  it("are not asked about where they are known to be one person, or to be nobody", () => {
    const [a, b, c, d] = ["a", "b", "c", "d"].map((clip) => face(clip)) as [
      ClipFace,
      ClipFace,
      ClipFace,
      ClipFace,
    ];
    const pairs = [pair(a, b, 0.99), pair(c, d, 0.98), pair(a, c, 0.97)];
    const people = known({ ...a, participant: "p1" }, { ...b, participant: "p1" }, { ...c, name: "Ida" });
    // d is ignored: the corrected results have it no more.
    assert.deepEqual(told(askAbout(pairs, people, [])), ["a 1 = c 1"]);
    const named = known({ ...a, name: "Ida" }, b, { ...c, name: "Ida" }, d);
    assert.deepEqual(told(askAbout([pair(a, c, 0.9)], named, [])), []);
  });

  it("are not asked about again between two groups that somebody told apart", () => {
    const [a, b, c] = ["a", "b", "c"].map((clip) => face(clip)) as [ClipFace, ClipFace, ClipFace];
    const people = known({ ...a, participant: "p1" }, { ...b, participant: "p1" }, c);
    const pairs = [pair(a, c, 0.99), pair(b, c, 0.98)];
    assert.deepEqual(told(askAbout(pairs, people, [])), ["a 1 = c 1"]);
    assert.deepEqual(told(askAbout([pairs[1]!], people, [{ a, b: c, verdict: "different" }])), []);
    assert.deepEqual(told(askAbout([pairs[1]!], people, [{ a, b: c, verdict: "same" }])), []);
  });
});

describe("what is said of a proposal", () => {
  it("names what somebody said before what is assumed", () => {
    const [a] = known({ ...face("a"), participant: "p1", assumed: true }).values();
    const [b] = known({ ...face("b"), participant: "p2" }).values();
    const [c] = known(face("c")).values();
    assert.equal(likeliestOwner({ a: a!, b: b! }), "p2");
    assert.equal(likeliestOwner({ a: a!, b: c! }), "p1");
    assert.equal(likeliestOwner({ a: c!, b: c! }), undefined);
    assert.deepEqual([a!, b!, c!].map(studyFaceOwner), [
      "counted as p1",
      "p2",
      "nobody said, in a clip of p9",
    ]);
  });

  it("says what a likeness is worth", () => {
    assert.equal(likenessText({ likeness: 0.9312, oneIn: 2345 }), "0.931: 1 in 2,300 pairs of two people");
    assert.equal(likenessText({ likeness: 0.99 }), "0.990: rarer among two people than was measured");
  });
});
