// How well looks tell people apart: tsx test/eval/identity.ts FOLDER [CLIP...]
// FOLDER holds pictures called Some_Name_0001.jpg, as LFW has them; clips show one person each.
import { readdir } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { decodeFrames } from "../../daemon/media/decodeFrames.ts";
import { probeMedia } from "../../daemon/media/probe.ts";
import { describeFace, likeness, type Appearance } from "../../daemon/vision/appearance.ts";
import type { Picture } from "../../daemon/vision/crop.ts";
import { createDetector } from "../../daemon/vision/detect.ts";
import { faceSquare } from "../../daemon/vision/faceSquare.ts";
import { createLandmarker } from "../../daemon/vision/landmarks.ts";
import { openProductModels } from "../support/productModels.ts";

interface Look {
  readonly person: string;
  readonly look: Appearance;
}

const maxPictures = 600;
const framesApart = 25;

const [folder, ...clips] = process.argv.slice(2);
if (folder === undefined) throw new Error("Name a folder of pictures.");
await using models = await openProductModels();
const detector = createDetector(await models.load("face"));
const landmarker = createLandmarker(await models.load("landmarks"));

/** The look of the surest face. */
async function lookAt(picture: Picture): Promise<Appearance | undefined> {
  const [face] = await detector.detect(picture);
  if (face === undefined) return undefined;
  const [reading] = await landmarker.read(picture, [face.square]);
  return describeFace(picture, faceSquare(reading!.landmarks));
}

async function ofPictures(): Promise<Look[]> {
  const names = (await readdir(folder!)).filter((name) => /_\d+\.jpg$/.test(name)).sort();
  const person = (name: string) => name.replace(/_\d+\.jpg$/, "");
  const several = names.filter((name) =>
    names.some((other) => other !== name && person(other) === person(name)),
  );
  const looks: Look[] = [];
  for (const name of several.slice(0, maxPictures)) {
    const { data, info } = await sharp(path.join(folder!, name))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const look = await lookAt({ width: info.width, height: info.height, channels: 3, data });
    if (look) looks.push({ person: person(name), look });
  }
  return looks;
}

async function ofClips(): Promise<Look[]> {
  const looks: Look[] = [];
  for (const clip of clips) {
    for await (const frame of decodeFrames(clip, await probeMedia(clip))) {
      if (frame.index % framesApart !== 0) continue;
      const look = await lookAt(frame);
      if (look) looks.push({ person: clip, look });
    }
  }
  return looks;
}

/** Area under the ROC curve, and how many same and different pairs lie over a few likenesses. */
function report(name: string, looks: readonly Look[]): void {
  const same: number[] = [];
  const different: number[] = [];
  for (const [i, a] of looks.entries())
    for (const b of looks.slice(i + 1))
      (a.person === b.person ? same : different).push(likeness(a.look, b.look));
  const sorted = [...different].sort((a, b) => a - b);
  const below = (value: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const auc = same.reduce((sum, value) => sum + below(value) / sorted.length, 0) / same.length;
  const over = (list: readonly number[], limit: number) =>
    list.filter((v) => v >= limit).length / list.length;
  const limits = [0.5, 0.6, 0.7, 0.8, 0.9].map((limit) => ({
    limit,
    same: Number(over(same, limit).toFixed(3)),
    different: Number(over(different, limit).toFixed(4)),
  }));
  console.log(JSON.stringify({ name, looks: looks.length, auc: Number(auc.toFixed(3)), limits }));
}

report("pictures", await ofPictures());
if (clips.length > 0) report("clips", await ofClips());
