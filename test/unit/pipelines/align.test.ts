import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { alignEmotions } from "../../../daemon/pipelines/align.ts";
import type { VisualFrame } from "../../../daemon/pipelines/seen.ts";
import { ProbabilitySmoother } from "../../../daemon/vision/smooth.ts";
import { expressionLabels } from "../../../shared/emotion/labels.ts";
import type { Face } from "../../../shared/protocol/results.ts";

const frameMs = 40;
const lagMs = 300;

function faceOf(track: number, happy: number | undefined): Face {
  const zeros = Object.fromEntries(expressionLabels.map((label) => [label, 0])) as NonNullable<
    Face["emotion"]
  >;
  return {
    track,
    state: happy === undefined ? "low_quality" : "ok",
    box: [0, 0, 10, 10],
    score: 1,
    landmarks: new Array<number>(136).fill(0),
    headPose: { yawDeg: 0, pitchDeg: 0, rollDeg: 0 },
    ...(happy !== undefined && { emotion: { ...zeros, happy, neutral: 1 - happy } }),
  };
}

/** A frame each for these faces; `happy` of each face, `undefined` where it cannot be trusted. */
function film(frames: readonly { faces: Readonly<Record<number, number | undefined>>; cut?: boolean }[]) {
  return frames.map(({ faces, cut = false }, index): VisualFrame => {
    const seen = Object.entries(faces).map(([track, happy]) => faceOf(Number(track), happy));
    return {
      line: { index, timeMs: index * frameMs, state: seen.length > 0 ? "ok" : "no_face", faces: seen },
      cut,
      events: [],
    };
  });
}

async function happyOf(frames: VisualFrame[], track = 1): Promise<(number | undefined)[]> {
  const found: (number | undefined)[] = [];
  for await (const { line } of alignEmotions(lagMs)(Readable.from(frames)))
    found.push(line.faces.find((face) => face.track === track)?.emotion?.happy);
  return found;
}

describe("alignment of recorded emotions", () => {
  it("puts the middle of a smoothed change where the change was, instead of a lag later", async () => {
    const change = 50;
    const smoother = new ProbabilitySmoother<(typeof expressionLabels)[number]>(lagMs);
    const smoothed = Array.from({ length: 100 }, (_, i) => {
      const { emotion } = faceOf(1, i < change ? 0 : 1);
      return smoother.next(emotion!, i * frameMs).happy;
    });
    const passes = (values: readonly (number | undefined)[]) =>
      values.findIndex((value) => value! >= 1 - 1 / Math.E);
    assert.ok((passes(smoothed) - change) * frameMs >= 240, "the smoothed one is late");
    const moved = await happyOf(film(smoothed.map((happy) => ({ faces: { 1: happy } }))));
    assert.ok(
      Math.abs(passes(moved) - change) * frameMs <= 2 * frameMs,
      `${passes(moved) - change} frames off`,
    );
    assert.equal(moved.length, 100);
  });

  it("takes nothing from beyond a cut, an absence or another face, and leaves absent what was", async () => {
    const ramp = (n: number, from: number) => Array.from({ length: n }, (_, i) => from + i / 100);
    const before = ramp(12, 0.1);
    const cases: [string, VisualFrame[]][] = [
      [
        "cut",
        film([
          ...before.map((happy) => ({ faces: { 1: happy } })),
          ...ramp(12, 0.8).map((happy, i) => ({ faces: { 1: happy }, cut: i === 0 })),
        ]),
      ],
      [
        "absence",
        film([
          ...before.map((happy) => ({ faces: { 1: happy } })),
          { faces: {} },
          ...ramp(12, 0.8).map((happy) => ({ faces: { 1: happy } })),
        ]),
      ],
      [
        "other face",
        film([
          ...before.map((happy) => ({ faces: { 1: happy, 2: 0.9 } })),
          ...ramp(12, 0.8).map((happy) => ({ faces: { 2: happy } })),
        ]),
      ],
    ];
    for (const [name, frames] of cases) {
      const moved = (await happyOf(frames)).slice(0, before.length);
      assert.deepEqual(
        moved,
        before.map((_, i) => before[Math.min(i + Math.floor(lagMs / frameMs), before.length - 1)]),
        name,
      );
    }
    const gap = await happyOf(
      film([{ faces: { 1: 0.2 } }, { faces: { 1: undefined } }, { faces: { 1: 0.4 } }]),
    );
    assert.deepEqual(gap, [0.4, undefined, 0.4]);
  });
});
