import assert from "node:assert/strict";
import { EventFinder } from "../../../daemon/results/events.ts";
import { SpellFinder } from "../../../daemon/results/spells.ts";
import { StageTimes } from "../../../daemon/analysis/stageTimes.ts";
import { TrackSums } from "../../../daemon/results/tracks.ts";
import type { Face } from "../../../shared/protocol/results.ts";
import { eyesOpen, feeling, sampleFace, sampleLine, without } from "./samples.ts";

const frameMs = 40;

/** The events of one face, frame by frame; undefined where it is not there. */
function eventsOf(faces: readonly (Face | undefined)[]) {
  const finder = new EventFinder();
  for (const [i, face] of faces.entries())
    finder.push(sampleLine(i, i * frameMs, face === undefined ? [] : [face]), false);
  return finder.finish();
}
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const away = { gaze: { pitchDeg: 0, yawDeg: 40, away: true } };

describe("spells of a signal", () => {
  const rule = { enter: 0.5, leave: 0.4, peak: 0.75, minMs: 50, maxMs: 500, samples: 1 };
  for (const [name, values, expected] of [
    ["a short one is noise", [0, 0.9, 0, 0], []],
    ["one of two frames counts", [0, 0.9, 0.7, 0, 0], [[40, 120, 0.9]]],
    ["a dip over the lower limit does not cut it", [0, 0.6, 0.45, 0.8, 0], [[40, 160, 0.8]]],
    ["one that stays low does not count", [0, 0.6, 0.7, 0.6, 0], []],
    ["one that goes on too long does not count", [0, ...times(14, 1), 0], []],
    [
      "two make two",
      [0, 1, 1, 0, 0, 0.7, 0.8, 0],
      [
        [40, 120, 1],
        [200, 280, 0.8],
      ],
    ],
  ] as const) {
    it(name, () => {
      const finder = new SpellFinder(rule);
      const spells = values.flatMap((value, i) => finder.push(i * frameMs, value) ?? []);
      assert.deepEqual(
        spells.map(({ startMs, endMs, peak }) => [startMs, endMs, peak]),
        expected,
      );
    });
  }
});

describe("events", () => {
  it("are blinks with onset, apex and end", () => {
    const eyes = (open: number) => sampleFace(1, eyesOpen(open));
    const open = eyes(0.97);
    const found = eventsOf([open, open, eyes(0.3), eyes(0.02), eyes(0.2), open, open]);
    assert.deepEqual(found, [{ kind: "blink", track: 1, startMs: 80, apexMs: 120, endMs: 200, value: 0.98 }]);
  });

  it("are blinks that are over between two frames, but not lids that stay half down", () => {
    const eyes = (open: number) => sampleFace(1, eyesOpen(open));
    const open = eyes(0.97);
    const half = eyes(0.28);
    assert.deepEqual(
      eventsOf([open, half, open]).map(({ kind, apexMs }) => [kind, apexMs]),
      [["blink", 40]],
    );
    assert.deepEqual(eventsOf([open, ...times(6, half), open]), []);
  });

  it("are glances away, which a blink and the end of the clip do not hide", () => {
    const blinking = without(sampleFace(1, eyesOpen(0)), "gaze");
    const glancing = sampleFace(1, away);
    const faces = [sampleFace(1), ...times(5, glancing), blinking, blinking, ...times(5, glancing)];
    const found = eventsOf(faces);
    assert.deepEqual(
      found.filter(({ kind }) => kind === "gaze_away"),
      [{ kind: "gaze_away", track: 1, startMs: 40, apexMs: 40, endMs: 480, value: 40 }],
    );
  });

  it("do not come from eyes of a face that cannot be trusted, nor across its absence", () => {
    const open = sampleFace(1);
    const closed = sampleFace(1, eyesOpen(0.05));
    const poor = sampleFace(1, { ...eyesOpen(0.05), state: "low_quality" });
    assert.deepEqual(eventsOf([open, ...times(4, poor), open]), []);
    assert.deepEqual(eventsOf([open, closed, closed, undefined, open]), []);
  });

  it("are scene cuts", () => {
    const finder = new EventFinder();
    finder.push(sampleLine(0, 0, []), false);
    finder.push(sampleLine(1, 40, []), true);
    assert.deepEqual(finder.finish(), [{ kind: "scene_cut", startMs: 40, endMs: 40 }]);
  });
});

describe("events of a slow clip", () => {
  it("are no blinks where frames are too far apart to tell", () => {
    for (const [everyMs, count] of [
      [50, 1],
      [67, 0],
    ] as const) {
      const finder = new EventFinder();
      const faces = [1, 1, 0, 1, 1].map((open) => sampleFace(1, eyesOpen(open)));
      for (const [i, face] of faces.entries()) finder.push(sampleLine(i, everyMs * i, [face]), false);
      assert.equal(finder.finish().filter(({ kind }) => kind === "blink").length, count);
    }
  });

  it("are no glance away in a single frame", () => {
    const finder = new EventFinder();
    const faces = [sampleFace(1), sampleFace(1, away), sampleFace(1)];
    for (const [i, face] of faces.entries()) finder.push(sampleLine(i, 1000 * i, [face]), false);
    assert.deepEqual(finder.finish(), []);
  });
});

describe("what is told of a track", () => {
  it("is its time, its mean emotion over trusted frames and its blinks a minute", () => {
    const sums = new TrackSums();
    const lines = Array.from({ length: 101 }, (_, i) =>
      sampleLine(i, i * frameMs, [
        sampleFace(3, i < 60 ? { emotion: feeling("happy") } : i < 100 ? {} : { state: "low_quality" }),
      ]),
    );
    lines[100]!.faces[0] = without(lines[100]!.faces[0]!, "emotion");
    for (const line of lines) sums.push(line);
    const [track] = sums.finish([{ kind: "blink", startMs: 100, endMs: 200, track: 3 }]);
    assert.equal(track!.frames, 101);
    assert.equal(track!.lastMs, 4000);
    assert.equal(track!.dominant, "happy");
    assert.equal(track!.meanEmotion!.happy, 0.524);
    assert.equal(track!.blinks, 1);
    // Eyes seen for 99 steps of 40 ms.
    assert.equal(track!.blinksPerMinute, 15.2);
  });

  it("says nothing of blinks and emotion where there was no network for them", () => {
    const sums = new TrackSums();
    const plain = without(sampleFace(1), "eyes", "gaze", "emotion", "expression");
    for (const i of [0, 1]) sums.push(sampleLine(i, i * frameMs, [plain]));
    assert.deepEqual(sums.finish([]), [{ id: 1, firstMs: 0, lastMs: 40, frames: 2 }]);
  });
});

describe("times of the stages", () => {
  it("are p50 and p95 to 1 %, in the order of the first run", () => {
    const stages = new StageTimes();
    stages.add("b", 3);
    for (let i = 1; i <= 1000; i++) stages.add("a", i / 10);
    const [b, a] = stages.report();
    assert.deepEqual([b!.name, b!.runs, a!.name, a!.runs], ["b", 1, "a", 1000]);
    assert.ok(Math.abs(b!.p95Ms / 3 - 1) < 0.011);
    assert.ok(Math.abs(a!.p50Ms / 50 - 1) < 0.011);
    assert.ok(Math.abs(a!.p95Ms / 95 - 1) < 0.011);
  });

  it("hold times of any size", () => {
    const stages = new StageTimes();
    for (const ms of [0, 1e-9, 1e9]) stages.add("x", ms);
    assert.equal(stages.report()[0]!.runs, 3);
  });
});

describe("blinks a minute", () => {
  it("slide over the last minute in which the eyes were seen", () => {
    const sums = new TrackSums();
    const blink = (startMs: number) => ({ kind: "blink" as const, track: 1, startMs, endMs: startMs + 100 });
    // Two minutes at 20 frames a second; the eyes are hidden from 30 s to 90 s.
    for (let i = 0; i < 2400; i++) {
      const hidden = i >= 600 && i < 1800;
      sums.push(sampleLine(i, i * 50, [hidden ? without(sampleFace(1), "eyes") : sampleFace(1)]));
    }
    const blinks = [2000, 12_000, 22_000, 95_000].map(blink);
    const { startMs, stepMs, perMinute } = sums.finish(blinks)[0]!.blinkRate!;
    assert.deepEqual([startMs, stepMs, perMinute.length], [5000, 5000, 24]);
    const at = (seconds: number) => perMinute[seconds / 5 - 1];
    assert.deepEqual([at(5), at(90), at(95)], [null, null, null], "too little was seen");
    for (const [seconds, expected] of [
      [15, 8], // 2 in 15 s
      [30, 6], // 3 in 30 s
      [60, 6], // the same 30 s
      [120, 2], // 1 in 30 s
    ] as const)
      assert.ok(Math.abs(at(seconds)! - expected) < 0.2, `${seconds} s: ${at(seconds)}`);
  });
});
