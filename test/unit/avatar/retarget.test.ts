import assert from "node:assert/strict";
import { FaceRetargeter, PersonNeutral, type FaceReading } from "../../../daemon/avatar/retarget.ts";
import { blendShapeIndex, blendShapes, type BlendShape } from "../../../shared/avatar/blendShapes.ts";

const weights = (shapes: Partial<Record<BlendShape, number>>): Float32Array => {
  const out = new Float32Array(blendShapes.length);
  for (const [name, value] of Object.entries(shapes)) out[blendShapeIndex[name as BlendShape]] = value;
  return out;
};
const still = { yawDeg: 0, pitchDeg: 0, rollDeg: 0 };
const reading = (
  timeMs: number,
  shapes: Partial<Record<BlendShape, number>>,
  more: Partial<FaceReading> = {},
) => ({
  ...{ timeMs, weights: weights(shapes), pose: still, poor: false },
  ...more,
});
const at = (state: { weights: Float32Array }, name: BlendShape): number =>
  state.weights[blendShapeIndex[name]]!;

describe("a face moves an avatar", () => {
  it("the first frame is taken as it is; a step is followed with a lag of 50 ms in the mean", () => {
    const face = new FaceRetargeter();
    assert.ok(Math.abs(at(face.next(reading(0, { jawOpen: 0.4 })), "jawOpen") - 0.4) < 1e-6);
    let lagMs = 0;
    for (let timeMs = 5; timeMs <= 600; timeMs += 5)
      lagMs += 5 * ((1 - at(face.next(reading(timeMs, { jawOpen: 1 })), "jawOpen")) / 0.6);
    assert.ok(Math.abs(lagMs - 50) < 5, `${lagMs} ms`);
  });

  it("lids are quick: a blink of 100 ms closes the eye", () => {
    const face = new FaceRetargeter();
    face.next(reading(0, {}));
    let closed = 0;
    for (let timeMs = 33; timeMs <= 133; timeMs += 33)
      closed = Math.max(closed, at(face.next(reading(timeMs, { eyeBlinkLeft: 1 })), "eyeBlinkLeft"));
    assert.ok(closed > 0.95, `${closed}`);
  });

  it("the eye-state network closes an eye that the shapes leave open", () => {
    const eye = (open: number) => ({ open, ear: 0.2 });
    const face = new FaceRetargeter();
    const state = face.next(
      reading(0, { eyeBlinkLeft: 0.2 }, { eyes: { right: eye(0.9), left: eye(0.05) } }),
    );
    assert.ok(at(state, "eyeBlinkLeft") > 0.9);
    assert.equal(at(state, "eyeBlinkRight"), 0);
  });

  it("gaze to the person's left is out for the left eye, in for the right one, less the turn of the head", () => {
    const gaze = { pitchDeg: 0, yawDeg: 30 };
    const turned = new FaceRetargeter().next(reading(0, {}, { gaze, pose: { ...still, yawDeg: 30 } }));
    assert.ok(Math.abs(turned.gaze.yaw) < 1e-9);
    const state = new FaceRetargeter().next(reading(0, {}, { gaze }));
    assert.ok(at(state, "eyeLookOutLeft") > 0.5 && at(state, "eyeLookInRight") > 0.5);
    assert.equal(at(state, "eyeLookInLeft") + at(state, "eyeLookOutRight"), 0);
  });

  it("a face that is away or not to be trusted comes to rest, never to a frozen smile", () => {
    const smile = { mouthSmileLeft: 1, mouthSmileRight: 1 };
    const [away, poor] = [new FaceRetargeter(), new FaceRetargeter()];
    away.next(reading(0, smile));
    poor.next(reading(0, smile));
    let rests = [1, 1];
    for (let timeMs = 40; timeMs <= 800; timeMs += 40)
      rests = [
        at(away.rest(timeMs), "mouthSmileLeft"),
        at(poor.next(reading(timeMs, smile, { poor: true })), "mouthSmileLeft"),
      ];
    assert.ok(
      rests.every((value) => value < 0.01),
      rests.join(", "),
    );
  });

  it("takes off what the person's own neutral face shows; what is added to it stays", () => {
    const own = { mouthFrownLeft: 0.3 };
    const neutral = new PersonNeutral();
    for (let timeMs = 0; timeMs <= 1000; timeMs += 40) neutral.learn(weights(own), 1, 40);
    const state = new FaceRetargeter(neutral).next(reading(0, { ...own, jawOpen: 0.5 }));
    assert.ok(at(state, "mouthFrownLeft") < 0.01);
    assert.ok(Math.abs(at(state, "jawOpen") - 0.5) < 0.01);
  });

  it("learns no neutral of frames that are not neutral, however many", () => {
    const neutral = new PersonNeutral();
    for (let timeMs = 0; timeMs <= 5000; timeMs += 40) neutral.learn(weights({ jawOpen: 1 }), 0.4, 40);
    const state = new FaceRetargeter(neutral).next(reading(0, { jawOpen: 1 }));
    assert.ok(Math.abs(at(state, "jawOpen") - 1) < 1e-6);
  });

  it("what neutral faces show in the mean is taken off, and what is left shown as strong as asked, lids apart", () => {
    const usual = weights({ browInnerUp: 0.2, eyeBlinkLeft: 0.1 });
    const face = new FaceRetargeter(new PersonNeutral(usual), 2);
    const state = face.next(
      reading(0, { browInnerUp: 0.3, eyeBlinkLeft: 0.4, jawOpen: 0.2, mouthSmileLeft: 0.9 }),
    );
    const shown = (["browInnerUp", "eyeBlinkLeft", "jawOpen", "mouthSmileLeft"] as const).map(
      (name) => Math.round(1000 * at(state, name)) / 1000,
    );
    assert.deepEqual(shown, [0.2, 0.3, 0.4, 1]);
    // What is stored, and what action units come from, is the face's own.
    assert.ok(Math.abs(at({ weights: face.measured }, "jawOpen") - 0.2) < 1e-6);
    assert.equal(Math.max(...face.next(reading(1e6, { browInnerUp: 0.2 })).weights), 0);
  });
});
