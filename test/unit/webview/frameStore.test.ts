import assert from "node:assert/strict";
import { FrameStore } from "../../../webview/data/frameStore.ts";
import { syntheticFrames } from "../../support/syntheticResult.ts";

describe("the frames behind the overlay", () => {
  const lines = syntheticFrames({ durationMs: 60_000, faces: 2 });
  const store = new FrameStore();
  for (const line of lines) store.add(line);

  it("gives back every face of every frame, landmarks to a quarter of a pixel", () => {
    assert.equal(store.length, lines.length);
    lines.forEach((line, i) => {
      const faces = store.facesOf(i);
      assert.equal(faces.length, line.faces.length);
      line.faces.forEach((face, k) => {
        assert.equal(faces[k]!.track, face.track);
        assert.equal(faces[k]!.lowQuality, face.state === "low_quality");
        face.landmarks.forEach((v, p) => assert.ok(Math.abs(faces[k]!.landmarks[p]! - v) <= 0.125));
        face.box.forEach((v, p) => assert.ok(Math.abs(faces[k]!.box[p]! - v) < 1e-3));
      });
    });
  });

  it("names the most probable emotion", () => {
    const face = lines[3]!.faces[0]!;
    const [label, probability] = Object.entries(face.emotion!).sort((a, b) => b[1] - a[1])[0]!;
    const { top } = store.facesOf(3)[0]!;
    assert.equal(top?.label, label);
    assert.ok(Math.abs(top.probability - probability) < 1e-6);
  });

  it("finds the frame on the screen, also when the media clock is rounded", () => {
    assert.equal(store.frameAt(lines[7]!.timeMs), 7);
    assert.equal(store.frameAt(lines[7]!.timeMs - 0.4), 7);
    assert.equal(store.frameAt(lines[8]!.timeMs - 2), 7);
    assert.equal(store.frameAt(-10), -1);
  });

  it("has no faces outside the clip", () => {
    assert.deepEqual(store.facesOf(-1), []);
    assert.deepEqual(store.facesOf(lines.length), []);
  });
});
