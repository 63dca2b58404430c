import { AppError } from "../../shared/errors.ts";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import { BlockReader } from "./blockReader.ts";
import { defaultFfmpeg, type MediaOptions } from "./ffmpeg.ts";
import type { Frame } from "./frame.ts";
import { FrameClock } from "./frameClock.ts";
import { allocateFrames } from "./frameMemory.ts";
import { FrameTimes, printFrameTimes } from "./frameTimes.ts";
import { inputArguments, keepClock, pictureStream, quietArguments, soundStream } from "./inputArguments.ts";
import { mediaLimits } from "./limits.ts";
import { uprightFilters } from "./orientation.ts";
import { decodePictures, picturesContainer } from "./pictures.ts";
import { Tool } from "./process.ts";
import { sniffMedia } from "./sniff.ts";
import { WidePipe } from "./widePipe.ts";
import { counted } from "../../shared/text/counted.ts";

export interface DecodeFramesOptions extends MediaOptions {
  /** From the first frame at or after this time. */
  readonly startMs?: number | undefined;
  /** Up to the last frame before this time. */
  readonly endMs?: number | undefined;
  /** Taller pictures are scaled down to this height, with their shape kept. */
  readonly maxHeight?: number | undefined;
  /** The stored picture has another size or format from this time on; it is fitted into the size of the first. */
  readonly onOtherSize?: ((timeMs: number) => void) | undefined;
  /** How many frames the consumer may hold: a frame's `data` stays valid until as many newer ones were asked for. */
  readonly held?: number | undefined;
}

type Video = NonNullable<MediaInfo["video"]>;

/** Frame buffers beside those that the consumer holds: one decoded ahead, one being filled. */
const spareBuffers = 2;

/**
 * The pictures of a clip, upright, in order, each with its own time; times rise strictly. ffmpeg waits when the
 * consumer is slow. A frame's `data` is valid until the next one is asked for, or longer ({@link DecodeFramesOptions.held}):
 * few buffers are used in turn, so memory does not grow with the clip.
 * @throws AppError `no_video`, `media_unreadable`, `media_timeout`, `media_too_large` and those of sniffMedia; the
 * signal's reason on abort.
 */
export async function* decodeFrames(
  mediaPath: string,
  info: MediaInfo,
  options: DecodeFramesOptions = {},
): AsyncGenerator<Frame, void, undefined> {
  const { video } = info;
  if (!video)
    throw new AppError("no_video", `${info.name} has no picture, only sound. Choose a clip with a picture.`);
  if (info.container === picturesContainer) {
    yield* decodePictures(mediaPath, info, options);
    return;
  }
  const file = await sniffMedia(mediaPath);
  const tools = options.ffmpeg ?? (await defaultFfmpeg());
  const { startMs = 0, endMs = Infinity, held = 1, signal } = options;
  const picture = decodedPicture(video, options.maxHeight);
  const { width, height } = picture;
  const args = [
    ...quietArguments,
    ...["-loglevel", "repeat+info"],
    ...(startMs > 0 ? ["-ss", (startMs / 1000).toFixed(6)] : []),
    "-noautorotate",
    ...["-max_pixels", String(mediaLimits.maxPixels)],
    ...inputArguments(mediaPath, file),
    ...["-map", pictureStream(video), "-vf", picture.filter],
    ...tools.frameTimes,
    ...["-f", "rawvideo", "pipe:1"],
    ...keepClock(file.container, info.audio && soundStream(info.audio)),
  ];
  const times = new FrameTimes();
  const output = await WidePipe.open();
  const tool = new Tool(tools.ffmpeg, args, {
    environment: tools.environment,
    signal,
    output,
    onLine: (line) => times.read(line),
  });
  tool.stdin.end();
  void tool.ended.then(() => times.end());
  const bytes = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
  try {
    const reader = new BlockReader(output ?? tool.stdout, bytes, allocateFrames(held + spareBuffers, bytes));
    const lent: Uint8Array[] = [];
    const clock = new FrameClock(video.frameRate);
    let index = 0;
    for (;;) {
      const data = await reader.next(mediaLimits.stallMs);
      if (data?.length !== bytes) break;
      const ownMs = await times.of(index);
      const timeMs = clock.next(ownMs === undefined ? undefined : ownMs + startMs);
      if (times.changes(index)) options.onOtherSize?.(timeMs);
      if (timeMs >= endMs) return;
      if (timeMs > mediaLimits.maxDurationMs) {
        throw new AppError("media_too_large", `${info.name} goes on for more than EDIN reads. Cut it first.`);
      }
      yield { index, timeMs, width, height, data, matrix: picture.matrix, fullRange: picture.fullRange };
      lent.push(data);
      if (lent.length >= held) reader.release(lent.shift()!);
      index++;
    }
    const { code, error } = await tool.ended;
    signal?.throwIfAborted();
    if (code !== 0 || (index === 0 && startMs === 0)) {
      throw new AppError(
        "media_unreadable",
        `The picture of ${info.name} is damaged after ${counted(index, "frame")}. Try another copy, or cut it there.`,
        {
          cause: error ?? new Error(tool.words),
        },
      );
    }
  } finally {
    tool.kill();
    await tool.ended;
  }
}

/**
 * How a clip's pictures come out of the decoder: their size, their colours and the filter that makes them so. Sides are even: a
 * last odd row or column is cut off, so that places stay those of the stored picture. Full range
 * is kept where the file has it in 8-bit 4:2:0; everything else becomes limited range, RGB becomes BT.601.
 */
export function decodedPicture(video: Video, maxHeight = Infinity) {
  const whole = cutToEven(video.height);
  const height = cutToEven(Math.min(whole, Math.max(1, Math.round(maxHeight))));
  const width =
    height === whole
      ? cutToEven(video.width)
      : 2 * Math.max(1, Math.round((video.width * height) / video.height / 2));
  const rgb = /^(0?rgb|0?bgr|gbr|argb|abgr|pal8|x2rgb|x2bgr|bayer|gray|ya|mono)/.test(video.pixelFormat);
  const fullRange = video.fullRange && /^yuvj?420p$/.test(video.pixelFormat);
  const range = fullRange
    ? ":in_range=pc:out_range=pc"
    : video.fullRange && !rgb
      ? ":in_range=pc:out_range=tv"
      : "";
  const { w, h, pad } = fitted(video, width, height);
  const matrix = rgb
    ? ":out_color_matrix=bt601"
    : video.bt2020
      ? ":in_color_matrix=bt2020:out_color_matrix=bt709"
      : "";
  const scale = `scale=w='${w}':h='${h}':flags=bilinear+accurate_rnd+bitexact${range}${matrix}`;
  // As many frames as before: what is not interlaced passes as it is.
  const fields = video.interlaced ? ["yadif=mode=send_frame:parity=auto:deint=interlaced"] : [];
  const format = `format=${video.pixelFormat === "yuvj420p" ? "yuvj420p" : "yuv420p"}`;
  const filter = `${printFrameTimes};[p]${[...fields, ...uprightFilters(video), cut, scale, format, ...pad].join(",")}`;
  return { width, height, filter, fullRange, matrix: rgb ? ("bt601" as const) : video.matrix };
}

const cutToEven = (side: number): number => side - (side > 1 ? side % 2 : 0);
const cut = "crop=w=iw-gt(iw\\,1)*mod(iw\\,2):h=ih-gt(ih\\,1)*mod(ih\\,2):x=0:y=0";

/**
 * ffmpeg's expressions for a width and a height, and the filter that pads them to `width` x `height`. A picture of the shape that
 * the clip began with fills them; one that changed its shape in mid-clip (a phone that is turned while it streams) keeps the new
 * one, with black bars. Its pixels are taken to be as wide as before.
 */
function fitted({ width: w, height: h, pixelAspect = 1, rotationDeg }: Video, width: number, height: number) {
  // A picture of one row or column.
  if (width % 2 === 1 || height % 2 === 1) return { w: `${width}`, h: `${height}`, pad: [] };
  const wide = rotationDeg === 90 || rotationDeg === 270 ? 1 / pixelAspect : pixelAspect;
  const shape = `(iw/ih*${wide})`;
  const fits = (whole: number, part: string) =>
    `if(lt(abs(${shape}/${w / h}-1),0.02),${whole},2*max(1,trunc(min(${whole},${part})/2)))`;
  return {
    w: fits(width, `${height}*${shape}`),
    h: fits(height, `${width}/${shape}`),
    pad: [`pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2`],
  };
}
