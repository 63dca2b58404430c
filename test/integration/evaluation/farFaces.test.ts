import assert from "node:assert/strict";
import path from "node:path";
import sharp, { type Sharp } from "sharp";
import type { Models } from "../../../daemon/inference/models.ts";
import { overlap, type Box } from "../../../daemon/vision/boxes.ts";
import type { RgbPicture } from "../../../daemon/vision/crop.ts";
import { createDetector, type FaceDetector } from "../../../daemon/vision/detect.ts";
import { openProductModels } from "../../support/productModels.ts";

const photos = path.join(
  path.dirname(new URL(import.meta.resolve("@vladmandic/face-api")).pathname),
  "../demo",
);

describe("the default face detector", function () {
  this.timeout(120_000);
  let models: Models;
  let detector: FaceDetector;
  /** A photograph, and its best face in it. */
  const seen: { readonly file: string; readonly face: Box }[] = [];
  before(async () => {
    models = await openProductModels();
    detector = createDetector(await models.load("face"));
    for (const name of ["sample1.jpg", "sample3.jpg", "sample4.jpg", "sample5.jpg", "sample6.jpg"]) {
      const file = path.join(photos, name);
      const [best] = await detector.detect(await pictureOf(sharp(file)));
      seen.push({ file, face: best!.box });
    }
  });
  after(() => models[Symbol.asyncDispose]());

  const pictureOf = async (image: Sharp): Promise<RgbPicture> => {
    const { data, info } = await image.removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height, channels: 3 };
  };

  /** Pictures of the faces, each with some room around it, laid on grey; the face is `sidePx` long. */
  async function laid(places: readonly { left: number; top: number }[], sidePx: number) {
    const expected: Box[] = [];
    const parts = await Promise.all(
      places.map(async ({ left, top }, i) => {
        const { file, face } = seen[i % seen.length]!;
        const { width, height } = await sharp(file).metadata();
        const x = Math.max(0, Math.floor(face.x - 0.4 * face.width));
        const y = Math.max(0, Math.floor(face.y - 0.3 * face.height));
        const w = Math.min(width - x, Math.ceil(1.8 * face.width));
        const h = Math.min(height - y, Math.ceil(1.6 * face.height));
        const scale = sidePx / face.height;
        const input = await sharp(file)
          .extract({ left: x, top: y, width: w, height: h })
          .resize(Math.round(w * scale), Math.round(h * scale))
          .png()
          .toBuffer();
        expected[i] = {
          x: left + (face.x - x) * scale,
          y: top + (face.y - y) * scale,
          width: face.width * scale,
          height: face.height * scale,
        };
        return { input, left, top };
      }),
    );
    const canvas = sharp({ create: { width: 1920, height: 1080, channels: 3, background: "#8a8f94" } });
    return { picture: await pictureOf(canvas.composite(parts)), expected };
  }

  it("finds faces of a twentieth of the picture's longer side, each once", async () => {
    const places = [0, 1, 2, 3, 4].map((i) => ({ left: 100 + 350 * i, top: 120 + 180 * (i % 3) }));
    const { picture, expected } = await laid(places, 96);
    const found = await detector.detect(picture);
    assert.equal(found.length, 5);
    for (const box of expected)
      assert.ok(
        found.some((f) => overlap(f.box, box) > 0.5),
        JSON.stringify(box),
      );
  });

  it("finds all nine of a gallery view", async () => {
    const places = Array.from({ length: 9 }, (_, i) => ({
      left: 200 + 640 * (i % 3),
      top: 40 + 360 * Math.floor(i / 3),
    }));
    const { picture, expected } = await laid(places, 180);
    const found = await detector.detect(picture);
    assert.equal(found.length, 9);
    for (const box of expected)
      assert.ok(
        found.some((f) => overlap(f.box, box) > 0.5),
        JSON.stringify(box),
      );
  });

  it("finds nobody in pictures without a face", async () => {
    const noise = sharp({
      create: {
        width: 1280,
        height: 720,
        channels: 3,
        noise: { type: "gaussian", mean: 128, sigma: 40 },
        background: "#000",
      },
    });
    assert.deepEqual(await detector.detect(await pictureOf(noise)), []);
    const bars = sharp(
      Buffer.from(`<svg width="900" height="1600"><rect width="900" height="1600" fill="#446"/>
      <circle cx="450" cy="700" r="200" fill="#cba"/><rect x="100" y="1000" width="700" height="80" fill="#fa3"/></svg>`),
    );
    assert.deepEqual(await detector.detect(await pictureOf(bars)), []);
  });
});
