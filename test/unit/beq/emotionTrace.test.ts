import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { readEmotionTrace } from "../../../daemon/beq/emotionTrace.ts";
import type { StudySource } from "../../../daemon/beq/studySource.ts";
import type { FrameLine } from "../../../shared/protocol/results.ts";
import { syntheticAnalysis, syntheticFrames } from "../../support/syntheticResult.ts";

const length = { id: "x", durationMs: 4000 };

/** A call of two: who is track 1 smiles, who is track 2 does not. Track 2 looks away for a moment. */
function callOfTwo(): StudySource {
  const lines = syntheticFrames(length).map((line): FrameLine => {
    const [face] = line.faces;
    if (face?.emotion === undefined) return { ...line, faces: [] };
    const felt = (happy: number) => ({ ...face.emotion!, happy, neutral: 1 - happy });
    const both = [
      { ...face, track: 1, state: "ok" as const, emotion: felt(0.9) },
      { ...face, track: 2, state: "ok" as const, emotion: felt(0.1) },
    ];
    return { ...line, state: "ok", faces: line.index % 8 === 0 ? both.slice(0, 1) : both };
  });
  const frames = (track: number) =>
    lines.filter(({ faces }) => faces.some((face) => face.track === track)).length;
  const analysis = syntheticAnalysis(length);
  const [track] = analysis.tracks;
  const tracks = [1, 2].map((id) => ({ ...track!, id, frames: frames(id), still: false }));
  const files: Record<string, string> = {
    "analyses/x/analysis.json": JSON.stringify({ ...analysis, tracks }),
    "analyses/x/frames.jsonl": lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  };
  return {
    study: { schemaVersion: 1, id: "s", name: "s", createdAt: "", consentVersions: [], participants: [] },
    open: (name) =>
      Promise.resolve(files[name] === undefined ? undefined : Readable.from([Buffer.from(files[name])])),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

describe("the participant's face", () => {
  const happyOf = (probabilities: readonly number[]) => probabilities[1]!;

  it("is not guessed between faces of similar share", async () => {
    assert.equal((await readEmotionTrace(callOfTwo(), "x")).ambiguous, true);
  });

  it("is the one that somebody chose, and then nothing is unclear", async () => {
    for (const [chosen, happy] of [
      [1, 0.9],
      [2, 0.1],
    ] as const) {
      const { trace, ambiguous } = await readEmotionTrace(callOfTwo(), "x", { face: chosen });
      assert.equal(ambiguous, false);
      assert.equal(happyOf(trace.probabilities), happy, `face ${chosen}`);
    }
  });

  it("is refused where the analysis has no such face", async () => {
    await assert.rejects(readEmotionTrace(callOfTwo(), "x", { face: 7 }), { code: "invalid_request" });
  });
});
