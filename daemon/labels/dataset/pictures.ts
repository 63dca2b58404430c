import { writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import type { Models } from "../../inference/models.ts";
import { readPreprocessing } from "../../inference/preprocessing.ts";
import { decodeFrames } from "../../media/decodeFrames.ts";
import type { MediaOptions } from "../../media/ffmpeg.ts";
import type { Frame } from "../../media/frame.ts";
import { probeMedia } from "../../media/probe.ts";
import { readLines } from "../../results/exports/write.ts";
import { readAnalysis } from "../../results/readResult.ts";
import { frameLineSchema } from "../../../shared/protocol/results.ts";
import { cropInto, type Crop } from "../../vision/crop.ts";
import { createFaceFinder } from "../../vision/faceFinder.ts";
import { faceSquare, taskCrop } from "../../vision/faceSquare.ts";
import { faceCropSchema } from "../../vision/preprocessing.ts";
import type { PlannedLane } from "./plan.ts";
import { sampleName, type Missed, type Sample } from "./sample.ts";

export interface PictureOptions extends MediaOptions {
  readonly models: Models;
  /** One picture for so much of a stretch... */
  readonly everyMs: number;
  /** ... but no more than so many of each. */
  readonly max: number;
}

/** Sides of a picture, in pixels: a small face is not made up, a large one is more than networks look at. */
const [minSide, maxSide] = [48, 224];

/** Frames of an analysis further away than this are not of the same moment. */
const sameFrameMs = 60;

interface Wanted {
  readonly timeMs: number;
  readonly label: string;
  readonly agreement: number;
}

/**
 * Cuts faces out of a clip, as the default expression network sees them, spread evenly over each stretch. Where an analysis
 * of the clip is there it says where the face is, else the largest face of the picture is looked for.
 *
 * @param number of the lane, for names
 */
export async function cutPictures(
  lane: PlannedLane,
  number: number,
  folder: string,
  options: PictureOptions,
): Promise<{ samples: Sample[]; missed: Missed[] }> {
  const { clip, face, subject } = lane;
  const info = await probeMedia(lane.file, options);
  const wanted = lane.stretches
    .flatMap((stretch) => timesOf(stretch, options))
    .sort((a, b) => a.timeMs - b.timeMs);
  const place = await facePlaces(lane, options.models);
  const cut = await createCutter(options.models);
  const samples: Sample[] = [];
  const missed: Missed[] = [];
  const halfFrameMs = 500 / (info.video?.frameRate ?? 25);
  let next = 0;
  for await (const frame of decodeFrames(lane.file, info, {
    ...options,
    endMs: (wanted.at(-1)?.timeMs ?? 0) + 1000,
  })) {
    while (next < wanted.length && frame.timeMs + halfFrameMs >= wanted[next]!.timeMs) {
      const { timeMs, label, agreement } = wanted[next++]!;
      const square = await place(frame);
      if (square === undefined) {
        missed.push({ clip, timeMs, reason: "no face was found" });
        continue;
      }
      const name = sampleName(number, lane, timeMs, "jpg");
      await writeFile(path.join(folder, name), await cut(frame, square));
      samples.push({ name, label, subject, clip, face, startMs: Math.round(frame.timeMs), agreement });
    }
    if (next === wanted.length) break;
  }
  for (const { timeMs } of wanted.slice(next)) missed.push({ clip, timeMs, reason: "the clip is shorter" });
  return { samples, missed };
}

function timesOf(
  { startMs, endMs, label, agreement }: PlannedLane["stretches"][number],
  { everyMs, max }: PictureOptions,
): Wanted[] {
  const n = Math.min(max, Math.max(1, Math.round((endMs - startMs) / everyMs)));
  return Array.from({ length: n }, (_, i) => ({
    ...{ label, agreement },
    timeMs: startMs + ((i + 0.5) / n) * (endMs - startMs),
  }));
}

type Places = (frame: Frame) => Promise<Crop | undefined>;

async function facePlaces({ analysis, face }: PlannedLane, models: Models): Promise<Places> {
  if (analysis === undefined) {
    const find = await createFaceFinder(models);
    return async (frame) => (await find(frame))?.square;
  }
  const { tracks } = await readAnalysis(analysis);
  const track = face ?? tracks.toSorted((a, b) => b.frames - a.frames)[0]?.id;
  const squares: { readonly timeMs: number; readonly square: Crop }[] = [];
  for await (const { timeMs, faces } of readLines(path.join(analysis, "frames.jsonl"), frameLineSchema)) {
    const seen = faces.find((one) => one.track === track && one.state === "ok");
    if (seen) squares.push({ timeMs, square: faceSquare(Float64Array.from(seen.landmarks)) });
  }
  let at = 0;
  return (frame) => {
    const apart = (i: number) => Math.abs((squares[i]?.timeMs ?? Infinity) - frame.timeMs);
    while (at + 1 < squares.length && apart(at + 1) <= apart(at)) at++;
    return Promise.resolve(apart(at) <= sameFrameMs ? squares[at]!.square : undefined);
  };
}

/** Writes a face as JPEG, upright, cut as the default expression network wants it. */
async function createCutter(models: Models): Promise<(frame: Frame, square: Crop) => Promise<Buffer>> {
  const { entry } = await models.load("expression");
  const { cropScale, offset } = readPreprocessing(entry, faceCropSchema);
  return async (frame, square) => {
    const crop = taskCrop(square, cropScale, offset);
    const side = Math.min(maxSide, Math.max(minSide, Math.round(crop.side)));
    const planes = new Float32Array(3 * side * side);
    cropInto(frame, crop, side, side, planes);
    const pixels = new Uint8Array(planes.length);
    for (let i = 0; i < side * side; i++)
      for (let c = 0; c < 3; c++) pixels[3 * i + c] = Math.round(planes[c * side * side + i]!);
    return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .jpeg({ quality: 95, chromaSubsampling: "4:4:4" })
      .toBuffer();
  };
}
