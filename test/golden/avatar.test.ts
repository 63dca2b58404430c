import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { AvatarRenderer, type AvatarStyle } from "../../daemon/avatar/draw.ts";
import { readHead } from "../../daemon/avatar/readHead.ts";
import { blendShapeIndex, blendShapes, type BlendShape } from "../../shared/avatar/blendShapes.ts";

const folder = path.join(import.meta.dirname, "avatar");
const avatars = path.join(import.meta.dirname, "../../models/avatars");

interface Shot {
  readonly picture: string;
  readonly shapes: Partial<Record<BlendShape, number>>;
  /** yaw, pitch, roll; the recipe's yaw has the other sign. */
  readonly pose: readonly [number, number, number];
  readonly gaze: readonly [number, number];
  readonly style: AvatarStyle;
}
/** As in scripts/avatar.py. */
const shots: readonly Shot[] = [
  { picture: "ada-neutral", shapes: {}, pose: [0, 0, 0], gaze: [0, 0], style: "toon" },
  {
    picture: "gob-angry",
    shapes: { browDownLeft: 1, browDownRight: 1, noseSneerLeft: 0.6, jawOpen: 0.3 },
    pose: [0.3, 0.1, 0.1],
    gaze: [0.1, 0.2],
    style: "toon",
  },
  {
    picture: "egon-smile",
    shapes: { mouthSmileLeft: 1, mouthSmileRight: 0.8, eyeBlinkRight: 1 },
    pose: [-0.2, -0.1, 0],
    gaze: [0, -0.2],
    style: "plain",
  },
];

describe("avatars against the recipe's renderer", () => {
  for (const { picture, shapes, pose, gaze, style } of shots) {
    it(`${picture} has the same pixels`, async () => {
      const name = picture.split("-")[0]!;
      const head = await readHead(await readFile(path.join(avatars, `${name}.glb`)), name);
      const weights = new Float32Array(blendShapes.length);
      for (const [shape, weight] of Object.entries(shapes))
        weights[blendShapeIndex[shape as BlendShape]] = weight;
      const drawn = new AvatarRenderer(head, 96, style).draw({
        weights,
        pose: { yaw: pose[0], pitch: pose[1], roll: pose[2] },
        gaze: { pitch: gaze[0], yaw: gaze[1] },
      });
      const expected = await sharp(path.join(folder, `${picture}.png`))
        .raw()
        .toBuffer();
      assert.equal(drawn.length, expected.length);
      let sum = 0;
      let far = 0;
      drawn.forEach((value, k) => {
        const off = Math.abs(value - expected[k]!);
        sum += off;
        if (off > 8) far++;
      });
      // Single precision moves an edge now and then.
      assert.ok(sum / drawn.length < 0.2, `mean difference ${sum / drawn.length} grey levels`);
      assert.ok(far / drawn.length < 0.006, `${far} values of ${drawn.length} differ by more than 8`);
    });
  }
});
