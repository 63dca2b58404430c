import assert from "node:assert/strict";
import { neighboursOf } from "../../../shared/labels/check/neighbours.ts";
import { parseLabels } from "../../../shared/labels/document.ts";
import { labelsText } from "./sampleLabels.ts";

describe("files beside a labels file", () => {
  const texts: Readonly<Record<string, string>> = {
    "clip.a01.labels.json": labelsText([]),
    "clip.a01 (copy).labels.json": labelsText([]),
    "clip.b02.labels.json": labelsText([], { annotator: "b02" }),
    "clip.gold.labels.json": labelsText([], { gold: true }),
    "clip.broken.labels.json": "{",
    "other.a01.labels.json": labelsText([], { media: { file: "other.mp4", durationMs: 1 } }),
  };
  const names = [...Object.keys(texts), "clip.mp4", "notes.txt", "emotions.scheme.yaml"];
  const read = (name: string) => Promise.resolve(texts[name]!);
  const beside = (own: string) => neighboursOf(own, parseLabels(texts[own]!).head, names, read);

  it("are twins where they are of the same annotator and clip; gold is none of an annotator's", async () => {
    assert.deepEqual(await beside("clip.a01.labels.json"), {
      twins: ["clip.a01 (copy).labels.json"],
      clips: ["clip.mp4"],
      schemes: ["emotions.scheme.yaml"],
    });
    for (const own of ["clip.b02.labels.json", "clip.gold.labels.json", "other.a01.labels.json"])
      assert.deepEqual((await beside(own)).twins, [], own);
  });
});
