import assert from "node:assert/strict";
import { isAppError } from "../../../shared/errors.ts";
import { magnificationSchema } from "../../../shared/protocol/magnification.ts";
import type { Frame } from "../../../daemon/media/frame.ts";
import { FaceMagnifier, levelsFor, type MagnifiedFace } from "../../../daemon/pipelines/magnifyFaces.ts";
import { magnifyAhead } from "../../../daemon/pipelines/magnifyStage.ts";
import type { Seen, SeeingFace } from "../../../daemon/pipelines/seen.ts";
import { faceSquare } from "../../../daemon/vision/faceSquare.ts";

const width = 96;
const height = 80;

/** A picture whose brightness swings slowly in the band. */
function frame(index: number, timeMs: number): Frame {
  const data = new Uint8Array(width * height * 1.5).fill(128);
  const swing = 20 * Math.sin((2 * Math.PI * 0.9 * timeMs) / 1000);
  for (let i = 0; i < width * height; i++) data[i] = 100 + ((i * 37) % 50) + swing;
  return { index, timeMs, width, height, data, matrix: "bt601", fullRange: true };
}

/** A face of 68 points: an oval with eyes and nose inside. */
const landmarks = Float64Array.from({ length: 136 }, (_, k) => {
  const point = k >> 1;
  const angle = (2 * Math.PI * point) / 17;
  const radius = point < 17 ? 25 : 8 + (point % 5);
  return k % 2 === 0 ? 48 + radius * Math.cos(angle) : 40 + radius * Math.sin(angle);
});
// Eyes level and apart, so that the square has a turn.
for (let point = 36; point < 48; point++) {
  landmarks[2 * point] = (point < 42 ? 38 : 58) + ((point % 6) - 2.5);
  landmarks[2 * point + 1] = 34 + (point % 2);
}
const square = faceSquare(landmarks);
const request = magnificationSchema.parse({ alpha: 5 });

/** Whether the filter has just started: its first answer is nothing but rounding. */
const fresh = ({ magnified }: MagnifiedFace): boolean => magnified.displacementPx < 1e-4;

const startsOf = (faces: readonly MagnifiedFace[]): number[] =>
  faces.flatMap((face, k) => (fresh(face) ? [k] : []));

describe("magnifying a face", () => {
  const run = (magnifier: FaceMagnifier, from: number, count: number, stepMs: number): MagnifiedFace[] =>
    Array.from({ length: count }, (_, k) => magnifier.step(frame(k, from + k * stepMs), landmarks, square));

  it("magnifies a change in the band, and keeps its state while the face is away for a moment", () => {
    const magnifier = new FaceMagnifier(request, 30);
    const before = run(magnifier, 0, 40, 1000 / 30);
    assert.ok(fresh(before[0]!));
    assert.ok(!fresh(before[39]!));
    const [back] = run(magnifier, 40 * (1000 / 30) + 500, 1, 1);
    assert.ok(!fresh(back!));
  });

  it("starts anew when the face was away for more than a second", () => {
    const magnifier = new FaceMagnifier(request, 30);
    run(magnifier, 0, 40, 1000 / 30);
    const [back] = run(magnifier, 4000, 1, 1);
    assert.ok(fresh(back!));
  });

  it("starts anew when the frame rate has changed for good, not for one late frame", () => {
    const magnifier = new FaceMagnifier(request, 30);
    const steady = run(magnifier, 0, 40, 1000 / 30);
    assert.deepEqual(startsOf(steady), [0]);
    assert.deepEqual(startsOf(run(magnifier, 1450, 1, 1)), []);
    // Twelve intervals agree: the late frame's, the one after it, and ten of the new rate.
    assert.deepEqual(startsOf(run(magnifier, 1510, 40, 1000 / 15)), [10]);
  });

  it("refuses a band that the frame rate cannot carry, before the first frame", () => {
    assert.throws(
      () => new FaceMagnifier(magnificationSchema.parse({ preset: "micro" }), 12),
      (error) => isAppError(error, "frame_rate_too_low"),
    );
  });

  it("pools less for motion in a face than for the pulse of the whole", () => {
    assert.equal(levelsFor("thesis", 256), 2);
    assert.equal(levelsFor("pulse", 256), 4);
    assert.equal(levelsFor("thesis", 592), 3);
  });
});

describe("magnifying with the ideal filter", () => {
  const rate = 30;
  const meter = { time: <T>(_name: string, work: () => Promise<T>) => work() };
  const face: SeeingFace = {
    track: 1,
    presence: 1,
    light: { brightness: 120, sharpness: 1 },
    landmarks,
    square,
    pose: { yawDeg: 0, pitchDeg: 0, rollDeg: 0 },
    flaws: [],
  };

  /** Brightness of the crop as it was and of what magnification added to it, frame by frame. */
  async function magnified(
    seen: readonly Seen<SeeingFace>[],
  ): Promise<{ was: number[]; added: number[]; out: number[]; maxWaiting: number }> {
    const was: number[] = [];
    const added: number[] = [];
    const mean = (data: Uint8Array): number =>
      data.subarray(0, 256 * 256).reduce((a, b) => a + b, 0) / 256 ** 2;
    const onFaceView = (_track: number, original: Frame, picture: Frame): Promise<void> => {
      was.push(mean(original.data));
      added.push(mean(picture.data) - mean(original.data));
      return Promise.resolve();
    };
    const asked = { preset: "pulse", bandHz: [0.5, 1.5], alpha: 3, filter: "ideal" };
    const magnification = magnificationSchema.parse(asked);
    const stage = magnifyAhead({ magnification, frameRate: rate, onFaceView }, meter);
    const out: number[] = [];
    let maxWaiting = 0;
    async function* input(): AsyncGenerator<Seen<SeeingFace>> {
      for (const [k, item] of seen.entries()) {
        maxWaiting = Math.max(maxWaiting, k - out.length);
        yield await Promise.resolve(item);
      }
    }
    for await (const { frame: shown } of stage(input())) out.push(shown.index);
    return { was, added, out, maxWaiting };
  }
  /** A slope of grey, so that a change of brightness is a small motion, which beats in the band. */
  const still = (index: number): Seen<SeeingFace> => {
    const shown = frame(index, (index * 1000) / rate);
    const swing = 2.4 * Math.sin((2 * Math.PI * 0.9 * index) / rate);
    for (let i = 0; i < width * height; i++) shown.data[i] = 30.5 + 2 * (i % width) + swing;
    return { frame: shown, cut: false, faces: [face] };
  };
  const correlation = (a: readonly number[], b: readonly number[]): number => {
    const centred = (values: readonly number[]): number[] => {
      const middle = values.reduce((x, y) => x + y, 0) / values.length;
      return values.map((value) => value - middle);
    };
    const dot = (x: readonly number[], y: readonly number[]): number =>
      x.reduce((sum, value, k) => sum + value * y[k]!, 0);
    const [x, y] = [centred(a), centred(b)];
    return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  };

  it("moves no phase, and every frame comes out once and in order", async () => {
    const { was, added, out } = await magnified(Array.from({ length: 200 }, (_, k) => still(k)));
    assert.deepEqual(
      out,
      Array.from({ length: 200 }, (_, k) => k),
    );
    const alike = (lag: number): number => correlation(was.slice(30, 170), added.slice(30 + lag, 170 + lag));
    assert.ok(alike(0) > 0.9, `${alike(0)}`);
    for (const lag of [-3, -2, -1, 1, 2, 3]) assert.ok(alike(lag) < alike(0), `lag ${lag}`);
  });

  it("keeps a scene cut out of both sides, and waits for no face that has left", async () => {
    const brighter = (seen: Seen<SeeingFace>): Seen<SeeingFace> => {
      const data = seen.frame.data.map((value) => Math.min(255, value + 80));
      return { ...seen, frame: { ...seen.frame, data } };
    };
    const seen = Array.from({ length: 150 }, (_, k) => (k < 60 ? still(k) : brighter(still(k))));
    seen[60] = { ...seen[60]!, cut: true };
    for (let k = 90; k < 150; k++) seen[k] = { ...seen[k]!, faces: [] };
    const { added, out } = await magnified(seen);
    assert.equal(out.length, 150);
    assert.equal(added.length, 90);
    // A leak of the step of 80 grey levels, three times magnified, would be far larger.
    const most = Math.max(...added.map(Math.abs));
    assert.ok(most > 1 && most < 20, `${most}`);
  });

  it("lets no frame wait for longer than a block, also where a face is in few of them", async () => {
    const seldom = Array.from({ length: 1500 }, (_, k) =>
      k % 20 === 0 ? still(k) : { ...still(k), faces: [] },
    );
    const { added, out, maxWaiting } = await magnified(seldom);
    assert.deepEqual(
      out,
      seldom.map(({ frame: { index } }) => index),
    );
    assert.equal(added.length, 75);
    assert.equal(maxWaiting, 512);
  });
});
