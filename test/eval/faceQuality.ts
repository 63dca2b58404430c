// What bad pictures do to landmarks and emotion, and which of them the product flags: npx tsx test/eval/faceQuality.ts FOLDER [N]
// FOLDER holds pictures called Some_Name_0001.jpg with a face in the middle, as LFW has them; one a person is taken, N in all. Each is
// made small, soft, or dark with the noise of a sensor; the answers are held against those for the picture as it is. One line of JSON a setting.
import { readdir } from "node:fs/promises";
import path from "node:path";
import sharp, { type OverlayOptions, type Sharp } from "sharp";
import type { Picture } from "../../daemon/vision/crop.ts";
import { createExpressionReader } from "../../daemon/vision/expression.ts";
import { readFoundFace } from "../../daemon/vision/faceFinder.ts";
import { createDetector } from "../../daemon/vision/detect.ts";
import { faceSquare, type Landmarks } from "../../daemon/vision/faceSquare.ts";
import { headPose } from "../../daemon/vision/headPose.ts";
import { createLandmarker } from "../../daemon/vision/landmarks.ts";
import { findFlaws, type Flaw } from "../../daemon/vision/quality.ts";
import { clusterBootstrap } from "../../shared/stats/intervals.ts";
import { openProductModels } from "../support/productModels.ts";

const [folder, count = "200"] = process.argv.slice(2);
if (folder === undefined) throw new Error("Name a folder of pictures.");
await using models = await openProductModels();
const detector = createDetector(await models.load("face"));
const landmarker = createLandmarker(await models.load("landmarks"));
const expressions = createExpressionReader(await models.load("expression"));

interface Answer {
  readonly landmarks: Landmarks;
  readonly square: { readonly side: number };
  readonly presence: number;
  readonly sharpness: number;
  readonly brightness: number;
  readonly flaws: readonly Flaw[];
  readonly emotion: string;
}

/** What the product says of the face that it finds in the middle of a picture. */
async function answer(picture: Picture): Promise<Answer | undefined> {
  const middle = picture.width / 2;
  const squares = (await detector.detect(picture)).map(({ square }) => square);
  const near = squares.sort((a, b) => Math.abs(a.cx - middle) - Math.abs(b.cx - middle))[0];
  const face = near && (await readFoundFace(landmarker, picture, near));
  if (!face) return undefined;
  const [reading] = await landmarker.read(picture, [face.square]);
  const [said] = await expressions.read([{ picture, square: face.square }]);
  const [emotion] = Object.entries(said!).sort((a, b) => b[1] - a[1])[0]!;
  return {
    landmarks: face.landmarks,
    square: faceSquare(face.landmarks),
    presence: reading!.presence,
    ...reading!.light,
    flaws: findFlaws(face.square, reading!.light, headPose(face.landmarks)),
    emotion,
  };
}

async function pictureOf(made: Sharp): Promise<Picture> {
  const { data, info } = await made.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data };
}

interface Setting {
  readonly name: string;
  /** Size of the made picture over that of the file. */
  readonly scale: number;
  readonly make: (file: string) => Sharp;
}

/** Sides of LFW's pictures. */
const side = 250;
/** Deviation of the noise that a sensor adds in the dark, grey levels. */
const sensorNoise = 3;

const noise: OverlayOptions = {
  input: {
    create: {
      width: side,
      height: side,
      channels: 3,
      background: "black",
      noise: { type: "gaussian", mean: 0, sigma: sensorNoise },
    },
  },
  blend: "add",
};
const settings: Setting[] = [
  { name: "as it is", scale: 1, make: (file) => sharp(file) },
  ...[0.5, 0.38, 0.33, 0.28, 0.19].map((scale) => ({
    name: `scale ${scale}`,
    scale,
    make: (file: string) => sharp(file).resize(Math.round(side * scale)),
  })),
  ...[1, 2, 3, 4].map((sigma) => ({
    name: `blur ${sigma}`,
    scale: 1,
    make: (file: string) => sharp(file).blur(sigma),
  })),
  ...[0.5, 0.25, 0.15, 0.1].map((gain) => ({
    name: `light ${gain}`,
    scale: 1,
    make: (file: string) => sharp(file).linear(gain, 0).composite([noise]),
  })),
];

const people = new Map<string, string>();
for (const name of (await readdir(folder)).sort()) {
  const person = name.replace(/_\d+\.jpg$/, "");
  if (person !== name && !people.has(person)) people.set(person, path.join(folder, name));
}
const files = [...people.values()].slice(0, Number(count));
const references = new Map<string, Answer>();
/** Every made picture: what the limits look at, and whether the answer for it can still be used. */
const made: { person: string; sidePx: number; sharpness: number; brightness: number; harmed: boolean }[] = [];
/** Points that moved by so much of the face's side are wrong. */
const mostMoved = 0.03;
for (const { name, scale, make } of settings) {
  const tally = { faces: 0, same: 0, sameUnflagged: 0, unflagged: 0, presence: 0, error: 0 };
  const flagged: Partial<Record<Flaw, number>> = {};
  const [sides, sharpness]: [number[], number[]] = [[], []];
  for (const file of files) {
    const found = await answer(await pictureOf(make(file)));
    if (name === "as it is" && found && found.flaws.length === 0) references.set(file, found);
    const reference = references.get(file);
    if (!reference || !found) continue;
    const moved = distance(found.landmarks, reference.landmarks, scale) / reference.square.side;
    tally.faces++;
    tally.presence += found.presence;
    tally.error += moved;
    made.push({
      person: file,
      ...{ sidePx: found.square.side, sharpness: found.sharpness, brightness: found.brightness },
      harmed: found.emotion !== reference.emotion || moved > mostMoved,
    });
    sharpness.push(found.sharpness);
    sides.push(found.square.side);
    const same = found.emotion === reference.emotion;
    tally.same += Number(same);
    if (found.flaws.length === 0) {
      tally.unflagged++;
      tally.sameUnflagged += Number(same);
    }
    for (const flaw of found.flaws) flagged[flaw] = (flagged[flaw] ?? 0) + 1;
  }
  const share = (value: number, of: number): number | null =>
    of === 0 ? null : Math.round((1000 * value) / of) / 1000;
  console.log(
    JSON.stringify({
      setting: name,
      found: share(tally.faces, references.size),
      sameEmotion: share(tally.same, tally.faces),
      flagged: share(tally.faces - tally.unflagged, tally.faces),
      sameEmotionUnflagged: share(tally.sameUnflagged, tally.unflagged),
      landmarkShift: share(tally.error, tally.faces),
      presence: share(tally.presence, tally.faces),
      sidePx: Math.round(median(sides)),
      sharpness: Math.round(1e4 * median(sharpness)) / 1e4,
      flaws: flagged,
    }),
  );
}

/** For each limit: how many of the pictures that are under it cannot be used, of all that can be used how many it flags, of all others how many. */
for (const [key, limits] of [
  ["sidePx", [20, 24, 28, 32, 36, 40, 48]],
  ["sharpness", [0.015, 0.02, 0.025, 0.03, 0.035, 0.04, 0.05]],
  ["brightness", [10, 15, 20, 25, 30, 40]],
] as const)
  for (const limit of limits) {
    const over = (
      of: (one: (typeof made)[number]) => boolean,
      among: (one: (typeof made)[number]) => boolean,
    ) => {
      const share = (chosen: readonly number[]) => {
        const ones = chosen.map((i) => made[i]!).filter(among);
        return ones.length === 0 ? Number.NaN : ones.filter(of).length / ones.length;
      };
      const persons = made.map(({ person }) => person);
      return [share(made.map((_, i) => i)), ...clusterBootstrap(share, persons)].map(
        (value) => Math.round(1e4 * value) / 1e4,
      );
    };
    const flagged = (one: (typeof made)[number]) => one[key] < limit;
    const harmed = ({ harmed: is }: (typeof made)[number]) => is;
    console.log(
      JSON.stringify({
        ...{ limitOf: key, limit },
        flaggedOfHarmed: over(flagged, harmed),
        flaggedOfGood: over(flagged, (one) => !one.harmed),
        harmedOfFlagged: over(harmed, flagged),
      }),
    );
  }

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Mean distance of the points, in pixels of the whole picture. */
function distance(points: Landmarks, reference: Landmarks, scale: number): number {
  let sum = 0;
  for (let k = 0; k < reference.length; k += 2)
    sum += Math.hypot(points[k]! / scale - reference[k]!, points[k + 1]! / scale - reference[k + 1]!);
  return sum / (reference.length / 2);
}
