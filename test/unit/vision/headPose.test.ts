import assert from "node:assert/strict";
import { headPose, rigidPoints } from "../../../daemon/vision/headPose.ts";

const radians = Math.PI / 180;

/** The head turned, seen by a pinhole camera at `distance` cm. */
function project(yawDeg: number, pitchDeg: number, rollDeg: number, distance: number): Float64Array {
  const [yaw, pitch, roll] = [yawDeg * radians, pitchDeg * radians, rollDeg * radians];
  const landmarks = new Float64Array(136);
  for (const [index, x0, y0, z0] of rigidPoints) {
    // The neck is behind the face.
    let [x, y, z] = [x0, y0, z0 + 8];
    // About the face's own axis: clockwise in the picture.
    [x, y] = [x * Math.cos(roll) - y * Math.sin(roll), x * Math.sin(roll) + y * Math.cos(roll)];
    // Pitch: the nose (towards -z) goes up (towards -y).
    [y, z] = [y * Math.cos(pitch) + z * Math.sin(pitch), z * Math.cos(pitch) - y * Math.sin(pitch)];
    // Yaw: the nose goes to the person's left (towards +x).
    [x, z] = [x * Math.cos(yaw) - z * Math.sin(yaw), z * Math.cos(yaw) + x * Math.sin(yaw)];
    const scale = 900 / (distance + z);
    landmarks.set([640 + scale * x, 360 + scale * y], 2 * index);
  }
  return landmarks;
}

describe("head pose", () => {
  for (const [distance, tolerance] of [
    [100000, 0.2],
    [60, 4],
  ] as const) {
    it(`is found within ${tolerance} degrees from ${distance} cm`, () => {
      for (const yaw of [-40, -15, 0, 25])
        for (const pitch of [-25, 0, 20])
          for (const roll of [-30, 0, 15]) {
            const pose = headPose(project(yaw, pitch, roll, distance));
            const errors = [pose.yawDeg - yaw, pose.pitchDeg - pitch, pose.rollDeg - roll];
            assert.ok(
              errors.every((e) => Math.abs(e) < tolerance),
              `${yaw} ${pitch} ${roll}: off by ${errors.map((e) => e.toFixed(2)).join(" ")}`,
            );
          }
    });
  }

  it("is finite for landmarks that are no face", () => {
    for (const points of [new Float64Array(136), Float64Array.from({ length: 136 }, (_, i) => i)])
      assert.ok(Object.values(headPose(points)).every(Number.isFinite));
  });
});
