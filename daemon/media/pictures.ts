import { open, readdir, stat } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { AppError } from "../../shared/errors.ts";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import type { MediaOptions } from "./ffmpeg.ts";
import type { Frame } from "./frame.ts";
import { fromRgb } from "./jpeg.ts";
import { mediaLimits } from "./limits.ts";
import { noFile } from "./noFile.ts";
import { readPicture, sniffPicture } from "./picture.ts";

/** As {@link MediaInfo.container} of pictures: what is read is no clip. */
export const picturesContainer = "pictures";

/** The time that one picture stands for: they have none of their own. */
const pictureMs = 1000;
const maxPictures = 20_000;
/** Names of a folder's files that are pictures; their first bytes decide how they are read. */
const pictureName = /\.(jpe?g|jfif|png|webp|avif|heic|heif|tiff?|bmp|gif|p[bgnp]m)$/i;

/**
 * The pictures that a path names: a picture file, or a folder of them in the order of their names (2 before 10). Undefined
 * for anything else.
 * @throws AppError `media_unsupported` for a folder without pictures, `too_large` for one with too many
 */
export async function listPictures(mediaPath: string): Promise<string[] | undefined> {
  const found = await stat(mediaPath).catch(() => undefined);
  if (found?.isDirectory()) {
    const entries = await readdir(mediaPath, { withFileTypes: true }).catch((cause: unknown) => {
      throw new AppError("media_unreadable", "The folder cannot be read. Check its permissions.", { cause });
    });
    const names = entries
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map(({ name }) => name)
      .filter((name) => !name.startsWith(".") && pictureName.test(name));
    const name = path.basename(mediaPath);
    if (names.length === 0)
      throw new AppError(
        "media_unsupported",
        `${name} is a folder without pictures. Choose a clip, or a folder of JPEG, PNG, WebP, AVIF or TIFF pictures.`,
      );
    if (names.length > maxPictures)
      throw new AppError("too_large", `${name} holds more than ${maxPictures} pictures. Split it.`);
    const order = new Intl.Collator("en", { numeric: true });
    return names.sort(order.compare).map((file) => path.join(mediaPath, file));
  }
  if (!found?.isFile()) return undefined;
  return sniffPicture(await readStart(mediaPath)) === undefined ? undefined : [mediaPath];
}

async function readStart(file: string): Promise<Buffer> {
  try {
    await using handle = await open(file, "r");
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } catch {
    // Whoever opens it as a clip says why it cannot be read.
    return Buffer.alloc(0);
  }
}

/** Pictures as a clip of one a second: each keeps its pixels, on a canvas that holds the largest. */
export async function probePictures(mediaPath: string, files: readonly string[]): Promise<MediaInfo> {
  let [width, height, sizeBytes] = [0, 0, 0];
  let codec = "picture";
  let pages = 0;
  for (const file of files) {
    const found = await stat(file);
    if (!found.isFile()) throw noFile(path.basename(file));
    sizeBytes += found.size;
    const metadata = await sharp(file, { failOn: "none" })
      .metadata()
      .catch(() => undefined);
    // Of kinds that only ffmpeg reads: a whole read tells the size.
    const upright = metadata?.autoOrient ?? (files.length === 1 ? await readPicture(file) : undefined);
    codec = metadata?.format ?? codec;
    pages += Math.max(0, (metadata?.pages ?? (await countFrames(file))) - 1);
    width = Math.max(width, upright?.width ?? 0);
    height = Math.max(height, upright?.height ?? 0);
  }
  if (width * height > mediaLimits.maxPixels * 4 || width === 0)
    throw new AppError(
      width === 0 ? "media_unreadable" : "media_too_large",
      `${path.basename(mediaPath)} ${width === 0 ? "holds no picture that can be read" : "holds pictures that are too large. Scale them down first"}.`,
    );
  return {
    ...{ name: path.basename(mediaPath), sizeBytes, container: picturesContainer },
    durationMs: files.length * pictureMs,
    statedDurationMs: 0,
    ...(pages > 0 && { laterPictures: pages }),
    video: {
      ...{ codec, pixelFormat: "rgb24", rotationDeg: 0, frameRate: 1000 / pictureMs, startMs: 0 },
      ...{ width: even(width), height: even(height), variableFrameRate: false },
      ...{ matrix: "bt601", fullRange: true },
    },
  };
}

/** How many pictures an animated PNG says that it has (its `acTL` stands before the first picture); 1 of any other file. */
async function countFrames(file: string): Promise<number> {
  await using handle = await open(file, "r");
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, 0);
  const head = buffer.subarray(0, bytesRead);
  if (sniffPicture(head) !== "png") return 1;
  for (let at = 8; at + 12 <= head.length; at += 12 + head.readUInt32BE(at)) {
    const kind = head.toString("latin1", at + 4, at + 8);
    if (kind === "acTL") return head.readUInt32BE(at + 8);
    if (kind === "IDAT") break;
  }
  return 1;
}

export interface DecodePicturesOptions extends MediaOptions {
  readonly maxHeight?: number | undefined;
}

/**
 * Each picture upright in the upper left of the canvas, the rest black: places are those of its own pixels, scaled where
 * the canvas is higher than `maxHeight`.
 * @throws AppError of {@link readPicture}; the signal's reason on abort
 */
export async function* decodePictures(
  mediaPath: string,
  info: MediaInfo,
  options: DecodePicturesOptions = {},
): AsyncGenerator<Frame, void, undefined> {
  const files = (await listPictures(mediaPath)) ?? [];
  const { width, height } = info.video!;
  const scale = Math.min(1, (options.maxHeight ?? Infinity) / height);
  const canvas = { width: even(width * scale), height: even(height * scale) };
  for (const [index, file] of files.entries()) {
    options.signal?.throwIfAborted();
    const own = await readPicture(file, options);
    const [w, h] = [Math.round(own.width * scale), Math.round(own.height * scale)];
    const { data } = await sharp(own.data, { raw: { width: own.width, height: own.height, channels: 3 } })
      .resize({ width: Math.max(1, w), height: Math.max(1, h), fit: "fill" })
      .extend({ right: Math.max(0, canvas.width - w), bottom: Math.max(0, canvas.height - h) })
      .raw()
      .toBuffer({ resolveWithObject: true });
    yield { index, timeMs: index * pictureMs, ...fromRgb(data, canvas.width, canvas.height) };
  }
}

const even = (side: number): number => 2 * Math.max(1, Math.ceil(side / 2 - 1e-9));
