import assert from "node:assert/strict";
import { FaceFollower } from "../../../daemon/vision/follow.ts";
import { audience, drawFrame, type Actor } from "./stage.ts";

const frameMs = 40;

/** Who stands where, frame by frame: for each actor the id of the track at its place, or undefined. */
async function follow(actors: readonly Actor[], frames: number, detectEveryFrames = 10, cuts: number[] = []) {
  const { detector, landmarker } = audience(actors);
  const follower = new FaceFollower(detector, landmarker, {
    detectEveryFrames,
    minPresence: 0.5,
    maxFaces: 8,
  });
  const seen: (number | undefined)[][] = [];
  const counts: number[] = [];
  for (let index = 0; index < frames; index++) {
    const timeMs = index * frameMs;
    const tracks = await follower.next(drawFrame(actors, index, timeMs), cuts.includes(index));
    counts.push(tracks.length);
    seen.push(
      actors.map(({ at }) => {
        const place = at(timeMs);
        const near = (track: (typeof tracks)[number]): boolean =>
          place !== undefined &&
          Math.hypot(track.square.cx - place.x, track.square.cy - place.y) < place.side / 3;
        return tracks.find(near)?.id;
      }),
    );
  }
  return { seen, counts, detections: detector.runs };
}

const still = (look: number, x: number): Actor => ({ look, at: () => ({ x, y: 90, side: 40 }) });

describe("following faces", () => {
  it("tells how many it leaves out, and follows no more than it may", async () => {
    const actors = [still(1, 40), still(2, 110), still(3, 180), still(4, 250)];
    const { detector, landmarker } = audience(actors);
    const options = { detectEveryFrames: 10, minPresence: 0.5, maxFaces: 3 };
    const follower = new FaceFollower(detector, landmarker, options);
    assert.equal((await follower.next(drawFrame(actors, 0, 0), false)).length, 3);
    assert.equal(follower.leftOut, 1);
  });

  it("looks for faces in every frame of a slow clip", async () => {
    const actors = [still(1, 80)];
    const { detector, landmarker } = audience(actors);
    const options = { detectEveryFrames: 10, minPresence: 0.5, maxFaces: 3 };
    const follower = new FaceFollower(detector, landmarker, options);
    for (let second = 0; second < 6; second++) {
      const [track, ...others] = await follower.next(drawFrame(actors, second, 1000 * second), false);
      assert.deepEqual([track?.id, others.length], [1, 0]);
    }
    assert.equal(detector.runs, 6);
  });

  it("detects on every n-th frame only, while the faces stay", async () => {
    const { seen, detections } = await follow([still(1, 80), still(2, 220)], 50, 10);
    assert.equal(detections, 5);
    assert.ok(seen.every(([a, b]) => a !== undefined && b !== undefined && a !== b));
    assert.equal(new Set(seen.map(String)).size, 1);
  });

  it("detects on every frame while nobody is there", async () => {
    assert.equal((await follow([], 12)).detections, 12);
  });

  it("keeps two people apart who cross, the one in front hiding the other", async () => {
    const walk = (look: number, from: number, to: number): Actor => ({
      look,
      at: (timeMs) => ({ x: from + ((to - from) * timeMs) / 4000, y: 90, side: 44 }),
    });
    const { seen, counts } = await follow([walk(3, 40, 280), walk(4, 280, 40)], 100);
    const [a, b] = seen[0]!;
    assert.deepEqual([a, b], [1, 2]);
    assert.deepEqual(seen.at(-1), [a, b]);
    // The one in front is never taken for the one behind, who is lost for a while and known again.
    assert.ok(seen.every(([, front]) => front === b));
    const lost = counts.filter((count) => count < 2).length;
    assert.ok(lost > 3 && lost < 30, `lost for ${lost} frames`);
  });

  it("gives a face that leaves and comes back its id, and a stranger a new one", async () => {
    const visitor = (look: number, away: [number, number]): Actor => ({
      look,
      at: (timeMs) =>
        timeMs < away[0]
          ? { x: 60, y: 90, side: 40 }
          : timeMs > away[1]
            ? { x: 250, y: 80, side: 50 }
            : undefined,
    });
    const stranger: Actor = {
      look: 6,
      at: (timeMs) => (timeMs > 3000 ? { x: 150, y: 90, side: 40 } : undefined),
    };
    const { seen, counts } = await follow([visitor(5, [1000, 2500]), stranger], 120);
    assert.equal(seen[0]![0], 1);
    assert.equal(counts[40], 0);
    assert.deepEqual(seen.at(-1), [1, 2]);
  });

  it("knows the faces again after a cut has mixed their places", async () => {
    const swap = (look: number, before: number, after: number): Actor => ({
      look,
      at: (timeMs) => ({ x: timeMs < 1000 ? before : after, y: 90, side: 40 }),
    });
    const { seen } = await follow([swap(7, 80, 240), swap(8, 240, 80)], 50, 10, [25]);
    assert.deepEqual(seen[24], [1, 2]);
    assert.deepEqual(seen[25], [1, 2]);
    assert.deepEqual(seen.at(-1), [1, 2]);
  });

  it("finds a face that comes in beside another within n frames", async () => {
    const late: Actor = {
      look: 9,
      at: (timeMs) => (timeMs >= 1000 ? { x: 240, y: 90, side: 40 } : undefined),
    };
    const { seen } = await follow([still(1, 80), late], 60, 10);
    const first = seen.findIndex(([, b]) => b !== undefined);
    assert.ok(first >= 25 && first < 35, `found in frame ${first}`);
  });

  it("goes on while a search runs, and takes what it finds with the next frame", async () => {
    const late: Actor = {
      look: 9,
      at: (timeMs) => (timeMs >= 300 ? { x: 240, y: 90, side: 40 } : undefined),
    };
    const actors = [still(1, 80), late];
    const { detector, landmarker } = audience(actors);
    let begun = 0;
    let answer = (): void => undefined;
    const slow = {
      async detect(...asked: Parameters<typeof detector.detect>) {
        const found = await detector.detect(...asked);
        if (begun++ > 0) await new Promise<void>((resolve) => (answer = resolve));
        return found;
      },
    };
    const follower = new FaceFollower(slow, landmarker, {
      detectEveryFrames: 10,
      minPresence: 0.5,
      maxFaces: 8,
    });
    const ids = async (index: number) =>
      (await follower.next(drawFrame(actors, index, index * frameMs), false)).map(({ id }) => id);
    for (let index = 0; index <= 10; index++) assert.deepEqual(await ids(index), [1]);
    assert.equal(begun, 2);
    const next = ids(11);
    answer();
    assert.deepEqual(await next, [1, 2]);
  });
});
