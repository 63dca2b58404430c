import assert from "node:assert/strict";
import { corrector } from "../../../shared/people/correct.ts";
import type { Correction, CorrectionEntry } from "../../../shared/protocol/corrections.ts";
import type { FrameLine, SpeechLine } from "../../../shared/protocol/results.ts";
import { syntheticFrames } from "../../support/syntheticResult.ts";

const entries = (...corrections: Correction[]): CorrectionEntry[] =>
  corrections.map((correction, i) => ({
    id: `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`,
    at: "2026-01-01T00:00:00Z",
    by: "kim",
    correction,
  }));
const lines = syntheticFrames({ durationMs: 1000, faces: 3 });
const picture = { width: 640, height: 360 };
const tracksAt = (line: FrameLine) => line.faces.map(({ track }) => track);
const said = (startMs: number, track?: number): SpeechLine => ({
  ...{ startMs, endMs: startMs + 200, state: "ok", levelDb: -20 },
  ...(track !== undefined && { track }),
});

describe("corrections of people", () => {
  it("leave lines as they were measured", () => {
    const before = JSON.stringify(lines);
    const correct = corrector(
      entries({ action: "ignore", track: 1 }, { action: "merge", track: 2, into: 3 }),
      picture,
    );
    for (const line of lines) correct.frame(line);
    assert.equal(JSON.stringify(lines), before);
  });

  it("split a face at a frame, and what comes later holds for the new one", () => {
    const correct = corrector(
      entries(
        { action: "split", track: 1, atMs: 400, newTrack: 4 },
        { action: "ignore", track: 4 },
        { action: "name", track: 1, name: "Kim" },
      ),
      picture,
    );
    assert.deepEqual(tracksAt(correct.frame(lines[9]!)), [1, 2, 3]);
    assert.deepEqual(tracksAt(correct.frame(lines[10]!)), [2, 3]);
    assert.deepEqual(correct.about(1), { name: "Kim" });
  });

  it("merge two faces, of which the larger counts where both are seen", () => {
    const correct = corrector(entries({ action: "merge", track: 2, into: 1 }), picture);
    const { faces } = correct.frame(lines[0]!);
    assert.deepEqual(
      faces.map(({ track }) => track),
      [1, 3],
    );
    assert.equal(correct.doubles(), 1);
    const area = ({ box }: FrameLine["faces"][number]) => box[2] * box[3];
    assert.equal(area(faces[0]!), Math.max(...lines[0]!.faces.slice(0, 2).map(area)));
  });

  it("ignore a face with its voice and its blinks, and say that nobody is there", () => {
    const only = syntheticFrames({ durationMs: 100 });
    const correct = corrector(entries({ action: "ignore", track: 1 }), picture);
    assert.equal(correct.frame(only[0]!).state, "no_face");
    assert.equal(correct.speech(said(0, 1)), undefined);
    assert.equal(correct.fused({ timeMs: 0, track: 1, state: "ok" }), undefined);
    assert.equal(correct.event({ kind: "blink", startMs: 0, endMs: 100, track: 1 }), undefined);
    assert.ok(correct.event({ kind: "scene_cut", startMs: 0, endMs: 0 }));
  });

  it("say who speaks, and that nobody in view does", () => {
    const correct = corrector(
      entries(
        { action: "voice", startMs: 0, endMs: 500, track: 2 },
        { action: "voice", startMs: 500, endMs: 900, track: null },
      ),
      picture,
    );
    assert.equal(correct.speech(said(100, 1))?.track, 2);
    assert.equal(correct.speech(said(600, 1))?.track, undefined);
    assert.equal(correct.speech(said(900, 1))?.track, 1);
  });

  it("leave out a time, and in a region only the faces there", () => {
    const correct = corrector(
      entries(
        { action: "exclude", startMs: 0, endMs: 200 },
        { action: "exclude", startMs: 200, endMs: 1000, region: [0, 0, 1, 1] },
      ),
      picture,
    );
    assert.deepEqual(correct.frame(lines[0]!).faces, []);
    assert.equal(correct.speech(said(0)), undefined);
    assert.deepEqual(correct.frame(lines[10]!).faces, []);
    assert.ok(correct.speech(said(300)));
  });

  const voices = [
    {
      id: 1,
      turns: [
        [0, 1000],
        [2000, 3000],
      ] as [number, number][],
    },
    { id: 2, turns: [[1000, 2000]] as [number, number][] },
  ];

  it("say of voices what they say of faces: names, participants, one person, nobody who matters", () => {
    const correct = corrector(
      entries(
        { action: "name", track: 2, name: "Ada" },
        { action: "voice_face", voice: 1, track: 2 },
        { action: "voice_participant", voice: 1, participant: "p1" },
        { action: "voice_ignore", voice: 2 },
      ),
      picture,
    );
    assert.deepEqual(correct.aboutVoice(1), { name: "Ada", track: 2, participant: "p1" });
    assert.equal(correct.aboutVoice(2), undefined);
    assert.equal(correct.speech({ ...said(0), voice: 1 })?.track, 2, "the voice is the face's");
    assert.equal(correct.speech({ ...said(0, 1), voice: 2 }), undefined);
    const merged = corrector(entries({ action: "voice_merge", voice: 2, into: 1 }), picture);
    assert.deepEqual([...new Set(merged.turns(voices).map(({ voice }) => voice))], [1]);
  });

  it("say which voice speaks in a time, and cut turns there", () => {
    const correct = corrector(
      entries(
        { action: "voice_span", startMs: 500, endMs: 1500, voice: 3 },
        { action: "voice_merge", voice: 2, into: 1 },
        { action: "exclude", startMs: 2500, endMs: 4000 },
      ),
      picture,
    );
    assert.deepEqual(
      correct.turns(voices).map(({ voice, startMs, endMs }) => [voice, startMs, endMs]),
      [
        [1, 0, 500],
        [3, 500, 1000],
        [3, 1000, 1500],
        [1, 1500, 2000],
        [1, 2000, 2500],
      ],
    );
  });

  it("pass over what was taken back", () => {
    const [entry] = entries({ action: "ignore", track: 1 });
    const undone = { at: "2026-01-01T00:01:00Z", by: "kim" };
    const correct = corrector([{ ...entry!, undone }], picture);
    assert.deepEqual(correct.frame(lines[0]!), lines[0]);
  });
});
