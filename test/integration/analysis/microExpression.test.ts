import assert from "node:assert/strict";
import path from "node:path";
import type { Models } from "../../../daemon/inference/models.ts";
import { createMicroEmotionReader } from "../../../daemon/magnification/microEmotion.ts";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import type { Frame } from "../../../daemon/media/frame.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { FaceMagnifier, type Candidate } from "../../../daemon/pipelines/magnifyFaces.ts";
import { createDetector } from "../../../daemon/vision/detect.ts";
import { faceSquare, type Landmarks } from "../../../daemon/vision/faceSquare.ts";
import { createLandmarker } from "../../../daemon/vision/landmarks.ts";
import { magnificationSchema } from "../../../shared/protocol/magnification.ts";
import { temporaryFolder } from "../media/clips.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { openProductModels } from "../../support/productModels.ts";

/** Skin around a landmark moves by (u, v), in hundredths of the face's width. */
type Push = readonly [landmark: number, u: number, v: number];
const movements = {
  positive: [
    [48, -1.5, -1.5],
    [54, 1.5, -1.5],
  ],
  surprise: [
    [19, 0, -1.5],
    [24, 0, -1.5],
  ],
  negative: [
    [21, 0.7, 1.5],
    [22, -0.7, 1.5],
  ],
} as const satisfies Record<string, readonly Push[]>;

describe("micro-expressions of a real face whose skin is pushed", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  let models: Models;
  let photo: Frame;
  let landmarks: Landmarks;

  before(async () => {
    models = await openProductModels();
    const at = [180, 150] as const;
    const file = path.join(folder.path, "face.mp4");
    await makePhotoClip(file, [{ photo: "sample1.jpg", seconds: 0.2, from: at, to: at }]);
    for await (const frame of decodeFrames(file, await probeMedia(file))) {
      photo = { ...frame, data: frame.data.slice() };
      break;
    }
    const [found] = await createDetector(await models.load("face")).detect(photo);
    const landmarker = createLandmarker(await models.load("landmarks"));
    const [rough] = await landmarker.read(photo, [found!.square]);
    landmarks = (await landmarker.read(photo, [faceSquare(rough!.landmarks)]))[0]!.landmarks;
  });
  after(() => models[Symbol.asyncDispose]());

  for (const [label, pushes] of Object.entries(movements))
    it(`finds the movement between its onset and its apex and names it ${label}`, async () => {
      const reader = createMicroEmotionReader(await models.load("micro-expression"));
      const magnifier = new FaceMagnifier(magnificationSchema.parse({ preset: "micro" }), 50);
      const square = faceSquare(landmarks);
      const candidates: Candidate[] = [];
      for (let k = 0; k < 120; k++) {
        // A fifth of a second up and down again, after more than a second of rest.
        const strength = k >= 70 && k <= 80 ? Math.sin(((k - 70) / 10) * Math.PI) : 0;
        const frame = { ...pushed(photo, landmarks, square.side, pushes, strength), timeMs: 20 * k };
        candidates.push(...magnifier.step(frame, landmarks, square).candidates);
      }
      assert.ok(candidates.length > 0);
      for (const { event, movement } of candidates) {
        assert.ok(movement, "the crops of onset and apex are there");
        assert.ok(event.startMs >= 1380 && event.endMs <= 2000, JSON.stringify(event));
        assert.ok(movement.onset.timeMs <= 1420, "the onset is at rest");
        assert.ok(Math.abs(movement.apex.timeMs - 1500) <= 40, `apex at ${movement.apex.timeMs}`);
      }
      const named = await Promise.all(candidates.map(({ movement }) => reader.read(movement!)));
      for (const one of named) assert.equal(one.label, label, JSON.stringify(named));
    });
});

/** The picture with its luma moved around some landmarks. */
function pushed(
  frame: Frame,
  points: Landmarks,
  side: number,
  pushes: readonly Push[],
  strength: number,
): Frame {
  if (strength === 0) return frame;
  const { width, height, data } = frame;
  const moved = data.slice();
  for (let y = 0; y < height - 1; y++)
    for (let x = 0; x < width - 1; x++) {
      let [dx, dy] = [0, 0];
      for (const [k, u, v] of pushes) {
        const far = ((x - points[2 * k]!) ** 2 + (y - points[2 * k + 1]!) ** 2) / (2 * (0.07 * side) ** 2);
        const share = (Math.exp(-far) * strength * side) / 100;
        dx += share * u;
        dy += share * v;
      }
      if (Math.abs(dx) + Math.abs(dy) < 1e-3) continue;
      const [px, py] = [Math.max(0, x - dx), Math.max(0, y - dy)];
      const [x0, y0] = [Math.floor(px), Math.floor(py)];
      const i = y0 * width + x0;
      const upper = data[i]! + (px - x0) * (data[i + 1]! - data[i]!);
      const lower = data[i + width]! + (px - x0) * (data[i + width + 1]! - data[i + width]!);
      moved[y * width + x] = upper + (py - y0) * (lower - upper) + 0.5;
    }
  return { ...frame, data: moved };
}
