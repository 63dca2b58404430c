import assert from "node:assert/strict";
import { emotionSegments, fusedSegments } from "../../../daemon/results/exports/segments.ts";
import type { AnalysisEvent, FrameLine, FusedLine } from "../../../shared/protocol/results.ts";
import { annotationSegment, eventSegment, selfReportSegment } from "../../../shared/segments/segment.ts";
import { feeling, sampleFace, sampleLine } from "../results/samples.ts";

describe("segments", () => {
  const times = { startMs: 100, endMs: 900 };

  for (const [event, by, of, label] of [
    [{ kind: "blink", ...times, track: 2 }, "model", { kind: "face", track: 2 }, "blink"],
    [{ kind: "micro_expression", ...times, track: 1 }, "model", { kind: "face", track: 1 }, "other"],
    [{ kind: "scene_cut", ...times }, "model", { kind: "clip" }, "cut"],
    [{ kind: "prompt", ...times, label: "How are you?" }, "interviewer", { kind: "clip" }, "How are you?"],
    [{ kind: "answer", ...times }, "participant", { kind: "clip" }, "speech"],
  ] as const satisfies readonly [AnalysisEvent, string, object, string][])
    it(`say that a ${event.kind} is of the ${by}`, () =>
      assert.deepEqual(eventSegment(event), { by, of, tier: event.kind, label, ...times }));

  it("say that a self-report is the participant's own", () => {
    const report = { sessionId: "s", analysisId: "a", label: "happy", ...times } as const;
    const expected = { by: "participant", of: { kind: "clip" }, tier: "felt", label: "happy", ...times };
    assert.deepEqual(selfReportSegment(report), expected);
  });

  for (const [more, of, endMs] of [
    [{ endMs: 900, face: 2 }, { kind: "face", track: 2 }, 900],
    [{ endMs: 900 }, { kind: "clip" }, 900],
    [{ face: 1 }, { kind: "face", track: 1 }, undefined],
  ] as const)
    it(`say that an annotation of ${JSON.stringify(of)} is its annotator's`, () => {
      const annotation = { id: "a", tier: "mood", startMs: 100, label: "happy" };
      assert.deepEqual(annotationSegment({ ...annotation, ...more }), {
        ...{ ...annotation, by: "annotator", of, endMs, unsure: false },
      });
    });

  it("of a model are of the face or the voice that it was read from", async () => {
    async function* frames(): AsyncGenerator<FrameLine> {
      for (let i = 0; i < 25; i++)
        yield await Promise.resolve(sampleLine(i, i * 40, [{ ...sampleFace(3), emotion: feeling("happy") }]));
    }
    async function* fused(): AsyncGenerator<FusedLine> {
      for (const timeMs of [0, 500])
        yield await Promise.resolve({ timeMs, state: "no_face", probabilities: { ...even, sad: 0.4 } });
    }
    const even = { angry: 0.1, fear: 0.1, happy: 0.1, sad: 0.1, surprise: 0.1, disgust: 0.1, neutral: 0.1 };
    const [face] = (await emotionSegments(frames())).get(3)!;
    assert.deepEqual(
      [face!.by, face!.of, face!.tier, face!.label],
      ["model", { kind: "face", track: 3 }, "emotion", "happy"],
    );
    const [voice] = (await fusedSegments(fused(), 500)).get(undefined)!;
    assert.deepEqual(
      [voice!.by, voice!.of, voice!.tier, voice!.label],
      ["model", { kind: "voice" }, "fused", "sad"],
    );
  });
});
