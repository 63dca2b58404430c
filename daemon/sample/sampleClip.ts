import { readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import sharp from "sharp";
import { AppError } from "../../shared/errors.ts";
import { yuvScale } from "../media/colour.ts";
import { createEncoder } from "../media/encoder.ts";
import type { MediaOptions } from "../media/ffmpeg.ts";
import { synthesizeVoice } from "./sampleVoice.ts";
import { samplePlaneBytes } from "../media/sampleFrame.ts";
import { temporaryName } from "../media/temporaryName.ts";
import { encodeWav } from "../media/wav.ts";

/** What the camera shows: centre and width of its view, as fractions of the photograph's width. */
interface View {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Shots of the photographs that `@vladmandic/face-api` (MIT) ships in its demo folder. */
const shots: readonly { photo: string; seconds: number; from: View; to: View }[] = [
  {
    photo: "sample3.jpg",
    seconds: 3.6,
    from: { x: 0.5, y: 0.32, width: 0.98 },
    to: { x: 0.6, y: 0.24, width: 0.62 },
  },
  {
    photo: "sample1.jpg",
    seconds: 3,
    from: { x: 0.34, y: 0.3, width: 0.5 },
    to: { x: 0.72, y: 0.22, width: 0.46 },
  },
  {
    photo: "sample4.jpg",
    seconds: 3.4,
    from: { x: 0.3, y: 0.18, width: 0.56 },
    to: { x: 0.66, y: 0.2, width: 0.52 },
  },
  {
    photo: "sample5.jpg",
    seconds: 3,
    from: { x: 0.6, y: 0.2, width: 0.54 },
    to: { x: 0.56, y: 0.26, width: 0.84 },
  },
  {
    photo: "sample6.jpg",
    seconds: 3,
    from: { x: 0.3, y: 0.3, width: 0.48 },
    to: { x: 0.74, y: 0.26, width: 0.44 },
  },
];
const frameRate = 25;
const [width, height] = [1280, 720];

/**
 * Makes a clip of real faces from photographs: panned, zoomed, cut together, H.264, with a synthetic voice (see
 * sampleVoice). The same versions of ffmpeg and sharp make the same bytes.
 * @param onProgress called with 0..1
 * @throws AppError `not_found` without the photographs, and those of createEncoder.
 */
export async function makeSampleClip(
  file: string,
  options: MediaOptions & { readonly onProgress?: (done: number) => void } = {},
): Promise<void> {
  const folder = photoFolder();
  const seconds = shots.reduce((sum, shot) => sum + shot.seconds, 0);
  const soundPath = temporaryName(`${file}.wav`);
  try {
    await writeFile(soundPath, encodeWav(synthesizeVoice(seconds, 44_100), 44_100));
    await using encoder = await createEncoder(file, {
      ...options,
      width,
      height,
      frameRate,
      soundPath,
      quality: 20,
    });
    const frame = new Uint8Array(width * height * 1.5);
    let written = 0;
    for (const { photo, seconds: shotSeconds, from, to } of shots) {
      const planes = await readPhoto(path.join(folder, photo));
      const frames = Math.round(shotSeconds * frameRate);
      for (let n = 0; n < frames; n++) {
        render(planes, between(from, to, n / (frames - 1)), frame);
        await encoder.write(frame);
        options.onProgress?.(++written / (seconds * frameRate));
      }
    }
    await encoder.close();
  } finally {
    await rm(soundPath, { force: true });
  }
}

function photoFolder(): string {
  const require = createRequire(import.meta.url);
  try {
    return path.join(path.dirname(require.resolve("@vladmandic/face-api/package.json")), "demo");
  } catch (cause) {
    throw new AppError(
      "not_found",
      "The sample photographs are not installed. Run `npm ci` with development packages, or give a clip of your own.",
      { cause },
    );
  }
}

/** The camera starts and stops softly. */
function between(from: View, to: View, part: number): View {
  const eased = part * part * (3 - 2 * part);
  const mix = (a: number, b: number) => a + eased * (b - a);
  return { x: mix(from.x, to.x), y: mix(from.y, to.y), width: mix(from.width, to.width) };
}

interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A photograph as full-size Y, Cb and Cr planes, BT.709, limited range. */
async function readPhoto(file: string): Promise<readonly [Plane, Plane, Plane]> {
  const { data, info } = await sharp(await readFile(file))
    .removeAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const plane = (): Plane => ({
    width: info.width,
    height: info.height,
    data: new Uint8Array(info.width * info.height),
  });
  const [y, cb, cr] = [plane(), plane(), plane()];
  const { kr, kb, offset, scaleY, toU, toV } = yuvScale({ matrix: "bt709", fullRange: false });
  for (let i = 0; i < y.data.length; i++) {
    const [r, g, b] = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!];
    const luma = kr * r + (1 - kr - kb) * g + kb * b;
    y.data[i] = Math.round(offset + scaleY * luma);
    cb.data[i] = Math.round(128 + toU * (b - luma));
    cr.data[i] = Math.round(128 + toV * (r - luma));
  }
  return [y, cb, cr];
}

/** Draws what `view` shows of a photograph into a yuv420p frame; beyond the edge the edge goes on. */
function render(planes: readonly [Plane, Plane, Plane], view: View, frame: Uint8Array): void {
  const luma = width * height;
  const [half, low] = [width / 2, height / 2];
  sample(planes[0], view, { width, height, data: frame.subarray(0, luma) });
  sample(planes[1], view, { width: half, height: low, data: frame.subarray(luma, 1.25 * luma) });
  sample(planes[2], view, { width: half, height: low, data: frame.subarray(1.25 * luma) });
}

/** At sub-pixel positions, so that a slow pan does not jump. */
function sample(from: Plane, view: View, to: Plane): void {
  const step = (view.width * from.width) / to.width;
  const ox = view.x * from.width - (step * to.width) / 2;
  const oy = view.y * from.width - (step * to.height) / 2;
  samplePlaneBytes(from, { ox, oy, ux: step, uy: 0, vx: 0, vy: step }, to);
}
