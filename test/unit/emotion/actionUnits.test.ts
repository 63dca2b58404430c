import assert from "node:assert/strict";
import { blendShapeIndex, blendShapes, type BlendShape } from "../../../shared/avatar/blendShapes.ts";
import { actionUnits, actionUnitsOf } from "../../../shared/emotion/actionUnits.ts";

const face = (weights: Partial<Record<BlendShape, number>>): Float32Array => {
  const all = new Float32Array(blendShapes.length);
  for (const [name, weight] of Object.entries(weights)) all[blendShapeIndex[name as BlendShape]] = weight;
  return all;
};
const active = (weights: Partial<Record<BlendShape, number>>): [string, number][] =>
  Object.entries(actionUnitsOf(face(weights))).filter(([, value]) => value > 0);

describe("action units from blend shapes", () => {
  it("are all 0 at rest and 5 at the most", () => {
    assert.deepEqual(active({}), []);
    const most = actionUnitsOf(new Float32Array(blendShapes.length).fill(1.2));
    assert.deepEqual(Object.keys(most), [...actionUnits]);
    assert.ok(Object.values(most).every((value) => value === 5));
  });

  it("have a smile as AU 6 and 12, and half of it on one side only", () => {
    const smile = { cheekSquintLeft: 0.5, cheekSquintRight: 0.5, mouthSmileLeft: 1, mouthSmileRight: 1 };
    assert.deepEqual(active(smile), [
      ["AU06", 2.5],
      ["AU12", 5],
    ]);
    assert.deepEqual(active({ mouthSmileLeft: 1 }), [["AU12", 2.5]]);
  });

  it("part the lips where the jaw opens", () => {
    assert.deepEqual(active({ jawOpen: 0.5 }), [
      ["AU25", 2.5],
      ["AU26", 2.5],
    ]);
  });
});
