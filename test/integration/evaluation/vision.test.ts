import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { evaluate } from "../../../daemon/evaluation/evaluate.ts";
import { createFaceFinder } from "../../../daemon/vision/faceFinder.ts";
import type { Models } from "../../../daemon/inference/models.ts";
import { readPicture } from "../../../daemon/media/picture.ts";
import { createDetector } from "../../../daemon/vision/detect.ts";
import { isAppError } from "../../../shared/errors.ts";
import { openProductModels } from "../../support/productModels.ts";

/** Photographs with faces, of a package that is installed for comparison. */
const photos = path.join(
  path.dirname(new URL(import.meta.resolve("@vladmandic/face-api")).pathname),
  "../demo",
);

describe("evaluation with the committed networks", function () {
  this.timeout(180_000);
  let folder: string;
  let models: Models;
  before(async () => {
    models = await openProductModels();
  });
  after(() => models[Symbol.asyncDispose]());
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), "edin-vision-"))));
  afterEach(() => rm(folder, { recursive: true }));

  const photo = (name: string, as = name) => cp(path.join(photos, name), path.join(folder, as));
  const empty = (name: string) =>
    sharp({ create: { width: 320, height: 240, channels: 3, background: "#777" } })
      .png()
      .toFile(path.join(folder, name));

  it("counts a picture without a face as missed, and as an error, when faces are detected", async () => {
    await mkdir(path.join(folder, "happy"));
    await mkdir(path.join(folder, "sad"));
    await photo("sample1.jpg", "happy/a.jpg");
    await empty("sad/b.png");
    const found = await evaluate("expression", folder, { models, faces: "detect" });
    assert.deepEqual([found.n, found.missed], [2, 1]);
    const cropped = await evaluate("expression", folder, { models, faces: "crop" });
    assert.deepEqual([cropped.n, cropped.missed], [2, 0]);
  });

  it("scores boxes: right ones, missed ones, and a picture without a face", async () => {
    await photo("sample1.jpg");
    await empty("none.png");
    const detector = createDetector(await models.load("face"));
    const [best] = await detector.detect(await readPicture(path.join(folder, "sample1.jpg")));
    const { x, y, width, height } = best!.box;
    const table = (rows: string[]) =>
      writeFile(path.join(folder, "labels.csv"), `path,x,y,width,height\n${rows.join("\n")}\n`);
    await table([`sample1.jpg,${x},${y},${width},${height}`, "none.png,,,,"]);
    const right = (await evaluate("face", folder, { models, faces: "crop" })) as unknown as BoxFigures;
    assert.deepEqual([right.n, right.boxes, right.missed], [2, 1, 0]);
    assert.equal(right.recallAtOneFalsePositivePerPicture, 1);
    // A box where nobody is: nobody finds it, and what is found is wrong.
    await table(["sample1.jpg,0,0,12,12"]);
    const wrong = (await evaluate("face", folder, { models, faces: "crop" })) as unknown as BoxFigures;
    assert.deepEqual([wrong.missed, wrong.ap50], [1, 0]);
  });

  it("gives no error for landmarks that lie where the network puts them, at any size and rotation", async () => {
    await photo("sample1.jpg");
    const find = await createFaceFinder(models);
    const picture = await readPicture(path.join(folder, "sample1.jpg"));
    const face = await find(picture);
    const points = Array.from({ length: 68 }, (_, i) => {
      const [x, y] = [face!.landmarks[2 * i]!, face!.landmarks[2 * i + 1]!];
      return `${x / picture.scale + 0.5} ${y / picture.scale + 0.5}`;
    });
    await writeFile(
      path.join(folder, "sample1.pts"),
      `version: 1\nn_points: 68\n{\n${points.join("\n")}\n}\n`,
    );
    await empty("none.png");
    await writeFile(path.join(folder, "none.pts"), `{\n${points.join("\n")}\n}`);
    await empty("short.png");
    await writeFile(path.join(folder, "short.pts"), "{\n1 2\n}");
    const result = await evaluate("landmarks", folder, { models, faces: "crop" });
    const { n, missed, nme, failureRate, unreadable } = result as unknown as LandmarkFigures;
    assert.deepEqual([n, missed, failureRate], [2, 1, 0.5]);
    assert.ok(nme < 0.01, `${nme}`);
    assert.equal(unreadable.count, 1);
  });

  it("measures gaze on eye patches", async () => {
    await empty("eye.png");
    await writeFile(
      path.join(folder, "labels.csv"),
      "path,pitch_rad,yaw_rad\neye.png,0.1,-0.2\neye.png,0.1,0.2\n",
    );
    const result = await evaluate("gaze", folder, { models, faces: "crop" });
    const { n, meanDeg, medianDeg } = result as unknown as { n: number; meanDeg: number; medianDeg: number };
    assert.equal(n, 2);
    assert.ok(meanDeg > 0 && meanDeg < 90 && Math.abs(meanDeg - medianDeg) < 1e-9);
    const missed = await evaluate("gaze", folder, { models, faces: "detect" });
    assert.equal(missed.missed, 2);
  });

  it("refuses a table of gaze whose angle is no number", async () => {
    await writeFile(path.join(folder, "labels.csv"), "path,pitch_rad,yaw_rad\neye.png,,0.2\n");
    await assert.rejects(evaluate("gaze", folder, { models, faces: "crop" }), (e) =>
      isAppError(e, "invalid_csv"),
    );
  });
});

interface BoxFigures {
  readonly n: number;
  readonly boxes: number;
  readonly missed: number;
  readonly ap50: number;
  readonly recallAtOneFalsePositivePerPicture: number;
}

interface LandmarkFigures {
  readonly n: number;
  readonly missed: number;
  readonly nme: number;
  readonly failureRate: number;
  readonly unreadable: { readonly count: number };
}
