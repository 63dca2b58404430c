import assert from "node:assert/strict";
import type { Model } from "../../../daemon/inference/models.ts";
import type { Tensors } from "../../../daemon/inference/session.ts";
import { createEmotionReader } from "../../../daemon/vision/emotion.ts";
import { eyeAspectRatio } from "../../../daemon/vision/eyes.ts";
import { bothEyes } from "../../../daemon/vision/gaze.ts";
import { isAway } from "../../../shared/gaze/away.ts";
import { expressionLabels } from "../../../shared/emotion/labels.ts";
import type { Eye } from "../../../shared/protocol/results.ts";
import { feeling } from "../results/samples.ts";

const eye = (open: number, pitchDeg: number, yawDeg: number): Eye => ({
  open,
  ear: 0.3,
  gaze: { pitchDeg, yawDeg },
});

describe("the Enhanced Emotion Classifier's inputs and outputs", () => {
  it("have the order, the signs and the unit of its training", async () => {
    let given: Tensors = {};
    const model: Model = {
      entry: {
        ...{
          id: "x",
          task: "eec",
          role: "aggregator",
          default: true,
          title: "",
          file: "",
          sha256: "",
          bytes: 1,
        },
        inputs: [],
        outputs: [{ name: "probabilities", type: "float32", shape: ["n", 8], meaning: "" }],
        labels: [...expressionLabels].reverse(),
        preprocessing: {},
        licence: { weights: "", data: "" },
        ...{ card: "", figures: "", check: "" },
      },
      provider: "cpu",
      run: (inputs) => {
        given = inputs;
        return Promise.resolve({ probabilities: { data: inputs["expression"]!.data, shape: [1, 8] } });
      },
    };
    const eyes = { right: eye(0.9, 9, 18), left: eye(0.8, -9, -18) };
    const [read] = await createEmotionReader(model).read([{ expression: feeling("happy"), eyes }]);
    const list = (name: string) => Array.from(given[name]!.data, (v) => Number(v.toFixed(4)));
    assert.deepEqual(list("eyes"), [0.9, 0.8]);
    // 9 degrees = 0.1571; the person's left is negative yaw for the network.
    assert.deepEqual(list("gaze"), [0.1571, -0.3142, -0.1571, 0.3142]);
    assert.deepEqual(list("expression").indexOf(0.86), expressionLabels.indexOf("happy"));
    // Its labels are in reverse here: what was second is second to last.
    assert.ok(read!.disgust > 0.85);
  });
});

describe("eyes", () => {
  it("have the aspect ratio of the formula", () => {
    const landmarks = new Float64Array(136);
    // Corners 30 apart, lids 9 and 6 apart.
    landmarks.set([0, 0, 10, -4, 20, -3, 30, 0, 20, 3, 10, 5], 72);
    assert.equal(eyeAspectRatio(landmarks, "right"), (9 + 6) / 60);
    assert.equal(eyeAspectRatio(landmarks, "left"), 0);
  });

  it("share one gaze, the open one counting more, and none while both are closed", () => {
    const gaze = { right: { pitchDeg: 10, yawDeg: 0 }, left: { pitchDeg: 0, yawDeg: 20 } };
    assert.deepEqual(bothEyes(gaze, { right: 1, left: 1 }), { pitchDeg: 5, yawDeg: 10 });
    assert.deepEqual(bothEyes(gaze, { right: 0.1, left: 1 }), { pitchDeg: 0, yawDeg: 20 });
    assert.equal(bothEyes(gaze, { right: 0.1, left: 0.2 }), undefined);
  });

  for (const [pitchDeg, yawDeg, away] of [
    [0, 0, false],
    [-25, 0, false],
    [-26, 0, true],
    [14, 0, false],
    [16, 0, true],
    [0, -26, true],
    [0, 24, false],
  ] as const) {
    it(`look ${away ? "away" : "at the screen"} at pitch ${pitchDeg}, yaw ${yawDeg}`, () => {
      assert.equal(isAway({ pitchDeg, yawDeg }), away);
    });
  }
});
