import assert from "node:assert/strict";
import { mouthOpening, togetherness } from "../../../daemon/fusion/mouth.ts";
import { VoiceOwner } from "../../../daemon/fusion/voiceOwner.ts";
import { seededRandom } from "../../../shared/stats/random.ts";

/** 68 points with eyes 100 apart and inner lips `gap` apart. */
function landmarksWith(gap: number): number[] {
  const points = new Array<number>(136).fill(0);
  for (let i = 36; i < 48; i++) points[2 * i] = i < 42 ? 0 : 100;
  for (const [upper, lower] of [
    [61, 67],
    [62, 66],
    [63, 65],
  ] as const) {
    points[2 * upper + 1] = 50;
    points[2 * lower + 1] = 50 + gap;
  }
  return points;
}

/** Syllables of 100 to 300 ms, each as loud as chance has it, with pauses between: 0 to 1 every 10 ms. */
function syllables(seconds: number, seed: number): number[] {
  const random = seededRandom(seed);
  const values: number[] = [];
  while (values.length < 100 * seconds) {
    const [length, level] = [10 + Math.floor(20 * random()), 0.3 + 0.7 * random()];
    for (let i = 0; i < length; i++) values.push(level * Math.sin((Math.PI * i) / length));
    for (let i = 10 * random(); i > 0; i--) values.push(0);
  }
  return values;
}

/** Who owns the voice each half second: mouths by track (0 to 1 every 10 ms), seen at 25 frames a second. */
function owners(voice: readonly number[], mouths: Readonly<Record<number, readonly number[]>>) {
  const owner = new VoiceOwner();
  const tremble = seededRandom(5);
  const found: (number | undefined)[] = [];
  for (let timeMs = 0; timeMs < 10 * voice.length; timeMs += 20) {
    if (timeMs % 40 === 0) {
      const faces = Object.entries(mouths).map(([track, values]) => ({
        track: Number(track),
        landmarks: landmarksWith(12 * values[timeMs / 10]! + 0.5 * tremble()),
      }));
      owner.see(timeMs, faces);
    }
    const level = voice[timeMs / 10]!;
    const levelDb = 20 * Math.log10(0.1 * level + 1e-4);
    owner.hear([{ startMs: timeMs, endMs: timeMs + 20, probability: 1, voiced: level > 0.05, levelDb }]);
    if (timeMs % 500 === 480) found.push(owner.owner(timeMs + 20));
  }
  return found;
}

describe("opening of the mouth", () => {
  it("is the gap of the inner lips in inter-ocular distances", () => {
    assert.equal(mouthOpening(landmarksWith(0)), 0);
    assert.equal(mouthOpening(landmarksWith(12)), 0.12);
    assert.equal(mouthOpening(new Array<number>(136).fill(0)), 0);
  });

  it("is compared with a voice at small lags, where both are there", () => {
    const wave = (phaseMs: number) => {
      const timesMs = Array.from({ length: 75 }, (_, i) => 40 * i);
      return { timesMs, values: timesMs.map((t) => Math.sin((t - phaseMs) / 150)) };
    };
    assert.ok(togetherness(wave(0), wave(0), 0, 2960)! > 0.99);
    assert.ok(togetherness(wave(0), wave(80), 0, 2960)! > 0.99);
    assert.ok(togetherness(wave(0), wave(471), 0, 2960)! < 0.2, "against each other");
    assert.equal(togetherness(wave(0), wave(0), 2500, 5500), undefined, "half a second of it");
    const still = { timesMs: wave(0).timesMs, values: wave(0).values.map(() => 1) };
    assert.equal(togetherness(still, wave(0), 0, 2960), undefined);
  });
});

describe("the owner of a voice", () => {
  const [voice, other] = [syllables(12, 1), syllables(12, 2)];
  const still = voice.map(() => 0);
  /** From 3 s on, when there is enough to compare. */
  const settled = (found: readonly (number | undefined)[]) => found.slice(6);

  it("is the face whose mouth moves with it, of two that move", () => {
    assert.ok(settled(owners(voice, { 1: voice, 2: other })).every((track) => track === 1));
    assert.ok(settled(owners(voice, { 1: other, 2: voice })).every((track) => track === 2));
  });

  it("changes with the speaker", () => {
    const half = voice.length / 2;
    const [first, second] = [
      voice.map((v, i) => (i < half ? v : other[i]!)),
      voice.map((v, i) => (i < half ? other[i]! : v)),
    ];
    const found = owners(voice, { 1: first, 2: second });
    assert.deepEqual(new Set(found.slice(6, 12)), new Set([1]));
    assert.deepEqual(new Set(found.slice(-4)), new Set([2]));
  });

  it("is nobody while no mouth moves, nor while two move alike", () => {
    assert.deepEqual(new Set(owners(voice, { 1: still, 2: still })), new Set([undefined]));
    assert.deepEqual(new Set(settled(owners(voice, { 1: voice, 2: voice }))), new Set([undefined]));
    assert.deepEqual(new Set(owners(voice, {})), new Set([undefined]));
  });

  it("is the only face if its mouth moves", () => {
    assert.ok(settled(owners(voice, { 4: voice })).every((track) => track === 4));
    assert.ok(settled(owners(voice, { 4: voice, 5: still })).every((track) => track === 4));
  });
});
