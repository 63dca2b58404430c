import assert from "node:assert/strict";
import { nextClip, progressOf, type ProjectFile } from "../../../shared/labels/project.ts";

const file = (clip: string, annotator: string, more: Partial<ProjectFile> = {}): ProjectFile => ({
  ...{
    file: `${clip}.${annotator}.labels.json`,
    clip,
    annotator,
    annotations: 1,
    traces: 0,
    done: false,
    gold: false,
  },
  ...more,
});

describe("the lists of annotators", () => {
  const assignments = {
    annotators: ["ann", "bob"],
    clips: { "a.mp4": ["ann"], "b.mp4": ["bob", "ann"], "c.mp4": ["ann"] },
  };
  const files = [
    file("a.mp4", "ann", { done: true }),
    file("c.mp4", "ann"),
    file("z.mp4", "cid"),
    file("a.mp4", "boss", { gold: true }),
  ];
  const { annotators, gold } = progressOf(assignments, files);

  it("hold what is assigned and what was begun besides, with how far each is", () => {
    assert.deepEqual(
      annotators.map(({ annotator, done, clips }) => [
        annotator,
        done,
        clips.map(({ clip, state }) => [clip, state]),
      ]),
      [
        [
          "ann",
          1,
          [
            ["a.mp4", "done"],
            ["b.mp4", "todo"],
            ["c.mp4", "open"],
          ],
        ],
        ["bob", 0, [["b.mp4", "todo"]]],
        ["cid", 0, [["z.mp4", "open"]]],
      ],
    );
    assert.deepEqual(
      gold.map(({ annotator }) => annotator),
      ["boss"],
    );
  });

  it("begin with what was begun; one that is done has nothing next", () => {
    assert.equal(nextClip(annotators[0]!)?.clip, "c.mp4");
    assert.equal(nextClip(annotators[1]!)?.clip, "b.mp4");
    assert.equal(nextClip({ annotator: "x", done: 0, clips: [] }), undefined);
  });

  it("are those of the files where nothing is assigned", () => {
    assert.deepEqual(
      progressOf(undefined, files).annotators.map(({ annotator }) => annotator),
      ["ann", "cid"],
    );
  });
});
