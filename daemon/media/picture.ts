import { open } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { AppError } from "../../shared/errors.ts";
import { defaultFfmpeg, type MediaOptions } from "./ffmpeg.ts";
import { quietArguments } from "./inputArguments.ts";
import { mediaLimits } from "./limits.ts";
import { runTool } from "./process.ts";

/** A picture file, upright, in 8-bit sRGB: rows of interleaved pixels. */
export interface StillPicture {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  readonly data: Uint8Array;
  /** Pixels of this picture for one of the file; at most 1. */
  readonly scale: number;
}

export interface ReadPictureOptions extends MediaOptions {
  /**
   * Larger pictures are scaled down with all their pixels counted: `inside` this size, or so that they still cover it
   * (`outside`).
   */
  readonly atMost?: { readonly width: number; readonly height: number; readonly fit: "inside" | "outside" };
}

/** What sharp reads of files that name no others. */
const formats: readonly string[] = ["jpeg", "png", "webp", "tiff", "gif", "heif"];
/** ffmpeg's demuxers for what sharp does not read, by the first bytes. */
const demuxers: readonly [magic: RegExp, demuxer: string][] = [
  [/^P[14]\s/, "pbm_pipe"],
  [/^P[25]\s/, "pgm_pipe"],
  [/^P[36]\s/, "ppm_pipe"],
  [/^BM/, "bmp_pipe"],
];
const maxPixels = 128e6;

/**
 * Reads a picture of any depth and colour: 16 bit, grey, CMYK and profiles become 8-bit sRGB, EXIF rotation is applied,
 * alpha is dropped. Of several pages the first.
 * @throws AppError `media_not_found`, `media_empty`, `media_unsupported`, `media_unreadable`, `media_too_large`.
 */
export async function readPicture(file: string, options: ReadPictureOptions = {}): Promise<StillPicture> {
  const name = path.basename(file);
  const head = await readHead(file, name);
  const demuxer = demuxers.find(([magic]) => magic.test(head))?.[1];
  const source = demuxer === undefined ? file : await toPng(file, demuxer, options);
  try {
    const picture = sharp(source, { limitInputPixels: maxPixels, failOn: "error" });
    const { format, autoOrient } = await picture.metadata();
    if (!formats.includes(format)) throw unsupported(name);
    let upright = picture.autoOrient().toColourspace("srgb").removeAlpha();
    if (options.atMost !== undefined)
      upright = upright.resize({ ...options.atMost, withoutEnlargement: true });
    const { data, info } = await upright.raw().toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      channels: 3,
      data,
      scale: info.width / autoOrient.width,
    };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const text = cause instanceof Error ? cause.message : "";
    if (text.includes("exceeds pixel limit"))
      throw new AppError(
        "media_too_large",
        `${name} has more than ${maxPixels / 1e6} million pixels. Scale it down first.`,
        {
          cause,
        },
      );
    if (text.includes("unsupported image format")) throw unsupported(name, cause);
    if (sniffPicture(Buffer.from(head, "latin1")) === "heic") throw heic(name, cause);
    throw new AppError("media_unreadable", `${name} is damaged. Try another copy.`, { cause });
  }
}

/** sharp's libvips decodes AV1 pictures (AVIF), and HEVC ones (HEIC) only where it was built so. */
const heic = (name: string, cause: unknown) =>
  new AppError(
    "media_unsupported",
    `${name} is a HEIC picture, which cannot be read here. Convert it to JPEG first (phones: camera settings, formats, most compatible).`,
    { cause },
  );

/** The kind of picture that a file's first bytes belong to; undefined for anything else. */
export function sniffPicture(head: Buffer): string | undefined {
  const text = (from: number, to: number) => head.toString("latin1", from, to);
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return "jpeg";
  if (text(0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return "webp";
  if (/^(II\*\0|MM\0\*|II\+\0|MM\0\+)$/.test(text(0, 4))) return "tiff";
  if (text(0, 2) === "BM" && head.length >= 14) return "bmp";
  if (/^P[1-6]\s$/.test(text(0, 3))) return "pnm";
  if (text(4, 8) !== "ftyp") return undefined;
  if (text(8, 12) === "avif") return "avif";
  return /^(hei[cxms]|hev[cxms]|mif1|msf1)$/.test(text(8, 12)) ? "heic" : undefined;
}

const unsupported = (name: string, cause?: unknown) =>
  new AppError(
    "media_unsupported",
    `${name} is not a picture that EDIN reads. Use JPEG, PNG, WebP, TIFF, GIF, AVIF, BMP or PNM.`,
    { cause },
  );

/** A picture as a page shows it without another request. */
export async function asDataUri({
  data,
  width,
  height,
  channels,
}: Omit<StillPicture, "scale">): Promise<string> {
  const jpeg = await sharp(data, { raw: { width, height, channels } }).jpeg({ quality: 85 }).toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString("base64")}`;
}

async function readHead(file: string, name: string): Promise<string> {
  let buffer: Buffer;
  try {
    await using handle = await open(file, "r");
    const { bytesRead, buffer: read } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    buffer = read.subarray(0, bytesRead);
  } catch (cause) {
    throw new AppError("media_not_found", `${name} is not there or cannot be opened. Check its name.`, {
      cause,
    });
  }
  if (buffer.length === 0) throw new AppError("media_empty", `${name} is empty. Choose another file.`);
  return buffer.toString("latin1");
}

async function toPng(file: string, demuxer: string, options: MediaOptions): Promise<Buffer> {
  const tools = options.ffmpeg ?? (await defaultFfmpeg());
  const args = [
    ...quietArguments,
    ...["-loglevel", "error", "-protocol_whitelist", "file,pipe", "-format_whitelist", demuxer],
    ...["-f", demuxer, "-i", `file:${path.resolve(file)}`],
    ...["-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "pipe:1"],
  ];
  const { code, stdout, words } = await runTool(tools.ffmpeg, args, {
    environment: tools.environment,
    signal: options.signal,
    timeoutMs: mediaLimits.stallMs,
    maxOutputBytes: mediaLimits.maxAllocationBytes,
  });
  if (code === 0 && stdout.length > 0) return stdout;
  throw new AppError("media_unreadable", `${path.basename(file)} is damaged. Try another copy.`, {
    cause: new Error(words),
  });
}
