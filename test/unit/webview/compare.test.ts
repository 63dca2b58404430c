import assert from "node:assert/strict";
import { compareBehaviour } from "../../../webview/data/compareBehaviour.ts";
import { compareSeries } from "../../../webview/data/compareSeries.ts";
import { FrameStore } from "../../../webview/data/frameStore.ts";
import { matchFaces } from "../../../webview/data/matchFaces.ts";
import { SeriesBuilder, type Series } from "../../../webview/data/series.ts";
import { seededRandom } from "../../../shared/stats/random.ts";
import { setupDifferences } from "../../../webview/views/compare/comparison.ts";
import { syntheticAnalysis, syntheticFrames } from "../../support/syntheticResult.ts";

describe("two results of one clip", () => {
  /** Samples of 40 ms; undefined: nothing was said. */
  const series = (
    happy: (i: number) => number | undefined,
    { length = 500, labels = ["happy", "sad", "calm"] } = {},
  ): Series => {
    const builder = new SeriesBuilder("face:1", "Face 1", labels);
    for (let i = 0; i < length; i++) {
      const p = happy(i);
      builder.add(i * 40, (i + 1) * 40, false, p === undefined ? undefined : { happy: p, sad: 1 - p });
    }
    return builder.build();
  };

  it("differ by a mean that is recovered within its interval, and by half the sum of all differences", () => {
    const random = seededRandom(7);
    const first = series(() => 0.4 + 0.1 * random());
    const second = series(() => 0.6 + 0.1 * random());
    const { comparedMs, sameEmotion, distance, emotions } = compareSeries(first, second)!;
    assert.equal(comparedMs, 20_000);
    assert.equal(sameEmotion, 0);
    assert.ok(Math.abs(distance - 0.2) < 0.01);
    const happy = emotions.find(({ label }) => label === "happy")!;
    assert.ok(Math.abs(happy.second - happy.first - 0.2) < 0.01);
    const [low, high] = happy.interval!;
    assert.ok(low < 0.2 && high > 0.2 && high - low < 0.02, `${low} to ${high}`);
  });

  it("are compared where both say something, by the time that a sample stands for", () => {
    const first = series((i) => (i < 250 ? 0.9 : undefined));
    const second = series((i) => (i < 125 ? 0.9 : 0.2));
    const { comparedMs, sameEmotion, distance, difference } = compareSeries(first, second)!;
    assert.equal(comparedMs, 10_000);
    assert.equal(sameEmotion, 0.5);
    assert.ok(Math.abs(distance - 0.35) < 1e-6);
    const level = difference.levels[0]!;
    assert.equal(level.length, 250);
    assert.deepEqual([level.values[0], level.values[1]], [0, 0]);
    assert.equal(level.values[2 * 249 + 1], 1);
  });

  it("have no interval where the time is too short, and no figures where nothing is in common", () => {
    const brief = compareSeries(
      series(() => 0.9, { length: 60 }),
      series(() => 0.8, { length: 60 }),
    )!;
    assert.equal(brief.emotions[0]!.interval, undefined);
    const never = series(() => undefined);
    assert.equal(
      compareSeries(
        series(() => 0.9),
        never,
      ),
      undefined,
    );
    const others = series(() => 0.5, { labels: ["open", "closed"] });
    assert.equal(
      compareSeries(
        series(() => 0.9),
        others,
      ),
      undefined,
    );
  });

  it("have the same faces where boxes lie on one another, whatever their numbers", () => {
    const lines = syntheticFrames({ durationMs: 2000, faces: 3 });
    const [first, second] = [new FrameStore(), new FrameStore()];
    for (const line of lines) {
      first.add(line);
      // The other detector numbers them the other way round, and does not see the third.
      const faces = line.faces.slice(0, 2).map((face) => ({ ...face, track: 3 - face.track }));
      second.add({ ...line, faces });
    }
    const pairs = matchFaces(first, second).toSorted((a, b) => a.first - b.first);
    assert.deepEqual(pairs, [
      { first: 1, second: 2 },
      { first: 2, second: 1 },
    ]);
  });

  it("say in what they were made differently", () => {
    const one = syntheticAnalysis({ durationMs: 1000 });
    const other = { ...one, models: [{ ...one.models[0]!, id: "face-other" }], config: { detectEvery: 1 } };
    const found = setupDifferences(one, other).map(({ what, first, second }) => [what, first, second]);
    assert.deepEqual(found, [
      ["network: face", "face-synthetic", "face-other"],
      ["setting: detectEvery", "4", "1"],
      ["setting: smoothing.halfLifeMs", "200", ""],
    ]);
  });

  it("differ in blinks, and in gaze by the angle between its directions where both see it", () => {
    const seen = (gaze: { pitchDeg: number; yawDeg: number; away: boolean } | undefined, every = 1) => {
      const frames = new FrameStore();
      for (const line of syntheticFrames({ id: "x", durationMs: 400 })) {
        const [face] = line.faces;
        if (face === undefined) continue;
        const there = gaze !== undefined && line.index % every === 0;
        frames.add({
          ...line,
          faces: [{ ...face, track: 1, state: "ok", gaze: there ? gaze : undefined }],
        });
      }
      return frames;
    };
    const [track] = syntheticAnalysis({ id: "x", durationMs: 400 }).tracks;
    const side = (frames: FrameStore, blinks: number | undefined) => ({
      frames,
      tracks: [{ ...track!, id: 1, blinks, blinksPerMinute: blinks && 3 * blinks }],
    });
    const compared = compareBehaviour(
      side(seen({ pitchDeg: 0, yawDeg: 10, away: false }), 4),
      side(seen({ pitchDeg: 0, yawDeg: -20, away: true }, 2), 6),
      { first: 1, second: 1 },
    );
    assert.deepEqual(
      [compared.blinks, compared.blinksPerMinute],
      [
        [4, 6],
        [12, 18],
      ],
    );
    assert.deepEqual([compared.gaze?.away, compared.gaze?.sameAway], [[0, 1], 0]);
    assert.ok(Math.abs(compared.gaze!.apartDeg - 30) < 0.01);
    const unseen = compareBehaviour(side(seen(undefined), undefined), side(seen(undefined), 6), {
      first: 1,
      second: 1,
    });
    assert.deepEqual(unseen, { blinks: [undefined, 6], blinksPerMinute: [undefined, 18] });
  });
});
