import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { planDataset } from "../../../daemon/labels/dataset/plan.ts";
import { readModelClip } from "../../../daemon/labels/modelClip.ts";
import { proposalsOf } from "../../../daemon/labels/proposals.ts";
import { addCorrection } from "../../../daemon/results/corrected.ts";
import { parseLabels } from "../../../shared/labels/document.ts";
import { builtInSchemes } from "../../../shared/labels/schemes/builtIn.ts";
import {
  syntheticAnalysis,
  syntheticFrames,
  syntheticFused,
  syntheticSpeech,
} from "../../support/syntheticResult.ts";
import { lanesOf } from "../../../webview/labels/lanes.ts";
import { labelsText } from "./sampleLabels.ts";

const options = { durationMs: 8000, faces: 3 };

/** Somebody names face 1, says that face 2 is nobody, and that face 3 is two people, before and after 4 s. */
describe("labels follow the people of an analysis as they were corrected", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-people-"));
    const write = (name: string, lines: readonly object[]) =>
      writeFile(path.join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    await write("frames.jsonl", syntheticFrames(options));
    await write("speech.jsonl", syntheticSpeech(options));
    await write("fused.jsonl", syntheticFused(options));
    await write("mel.jsonl", []);
    await writeFile(path.join(folder, "analysis.json"), JSON.stringify(syntheticAnalysis(options)));
    assert.deepEqual(
      (await proposalsOf(folder)).faces.map(({ track }) => track),
      [1, 2, 3],
    );
    await addCorrection(folder, "kim", { action: "name", track: 1, name: "Kim" });
    await addCorrection(folder, "kim", { action: "ignore", track: 2 });
    await addCorrection(folder, "kim", { action: "split", track: 3, atMs: 4000, newTrack: 4 });
  });
  after(() => rm(folder, { recursive: true }));

  it("in what is proposed, and in the tiers of each face", async () => {
    const { proposals, faces } = await proposalsOf(folder);
    assert.deepEqual(faces, [{ track: 1, name: "Kim" }, { track: 3 }, { track: 4 }]);
    const of = (track: number) => proposals.filter(({ kind, face }) => kind === "face" && face === track);
    assert.deepEqual(of(2), []);
    assert.ok(of(3).length > 0 && of(3).every(({ endMs }) => endMs! <= 4000));
    assert.ok(of(4).length > 0 && of(4).every(({ startMs }) => startMs >= 4000));
    const lanes = lanesOf({
      document: parseLabels(labelsText([])),
      scheme: builtInSchemes["emotions-faces"],
      ...{ faces, proposals },
    });
    assert.deepEqual(
      lanes.map(({ title }) => title),
      ["Face · Kim (face 1)", "Face · face 3", "Face · face 4"],
    );
    assert.equal(lanes[2]!.proposals.all.length, of(4).length);
  });

  it("in what a model is held against labels with", async () => {
    const { model } = await readModelClip(folder);
    assert.deepEqual([...model.faces].sort(), [1, 3, 4]);
    assert.equal(model.reading("face", 2), undefined);
    const known = (track: number) =>
      model.reading("face", track)!.samples.filter(({ probabilities }) => probabilities !== undefined);
    assert.ok(known(3).every(({ fromMs }) => fromMs < 4000));
    assert.ok(known(4).every(({ fromMs }) => fromMs >= 4000));
    assert.equal(known(3).length + known(4).length, 200);
  });

  it("in where the faces of a training set are cut", async () => {
    const media = { file: "clip.mp4", durationMs: 8000, sha256: "0".repeat(64) };
    const annotations = [{ id: "a", tier: "face", face: 4, startMs: 4000, endMs: 8000, label: "happy" }];
    const file = path.join(folder, "clip.a01.labels.json");
    const plan = await planDataset(
      [
        {
          ...{ file, name: "clip.a01.labels.json", clipPath: path.join(folder, "clip.mp4") },
          ...{ document: parseLabels(labelsText(annotations, { media })) },
          scheme: builtInSchemes["emotions-faces"],
        },
      ],
      { folder },
    );
    assert.deepEqual(
      plan.lanes.map(({ face, analysis }) => [face, analysis]),
      [[4, path.join(folder, "corrected")]],
    );
  });

  it("proposes speech where there is a voice, whoever it is of", async () => {
    const { proposals } = await proposalsOf(folder);
    const spoken = proposals.filter(({ kind }) => kind === "speech");
    const voiced = syntheticSpeech(options).filter(({ state }) => state !== "no_speech");
    assert.ok(spoken.length > 0 && spoken.length < voiced.length);
    const length = (all: readonly { startMs: number; endMs?: number | undefined }[]) =>
      all.reduce((sum, { startMs, endMs = startMs }) => sum + endMs - startMs, 0);
    assert.equal(length(spoken), length(voiced));
  });
});
