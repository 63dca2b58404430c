import { rename, rm } from "node:fs/promises";
import { AppError } from "../../shared/errors.ts";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import { createEncoder, type Encoder } from "../media/encoder.ts";
import { decodePictures, picturesContainer } from "../media/pictures.ts";
import { decodedPicture } from "../media/decodeFrames.ts";
import { defaultFfmpeg, type MediaOptions } from "../media/ffmpeg.ts";
import { inputArguments, pictureStream, quietArguments, soundStream } from "../media/inputArguments.ts";
import { mediaLimits } from "../media/limits.ts";
import { Tool } from "../media/process.ts";
import { sniffMedia } from "../media/sniff.ts";
import { temporaryName } from "../media/temporaryName.ts";
import { writeFailure } from "../media/writeFailure.ts";

/** Enough for a player beside charts. */
const maxHeight = 720;

export interface ProxyOptions extends MediaOptions {
  /** Told about twice a second how far into the clip the copy reaches. */
  readonly onProgress?: (timeMs: number) => void;
}

/**
 * Writes a copy that browsers and VS Code's webviews play, on the same clock: H.264 in 4:2:0 with Opus sound, in MP4
 * (webviews decode no AAC). H.264 that they play already is copied as it is.
 * @throws AppError `media_unreadable`, `media_timeout`; the signal's reason on abort.
 */
export async function makeProxy(
  mediaPath: string,
  info: MediaInfo,
  file: string,
  options: ProxyOptions = {},
): Promise<void> {
  if (info.container === picturesContainer) return copyPictures(mediaPath, info, file, options);
  const tools = options.ffmpeg ?? (await defaultFfmpeg());
  const source = await sniffMedia(mediaPath);
  const temporary = temporaryName(file);
  const args = [
    ...quietArguments,
    ...["-loglevel", "error", "-progress", "pipe:1", "-noautorotate"],
    ...["-max_pixels", String(mediaLimits.maxPixels)],
    ...inputArguments(mediaPath, source),
    ...(info.video
      ? ["-map", pictureStream(info.video), ...videoArguments(info.video), ...tools.frameTimes]
      : []),
    // Opus in MP4 counts as experimental in old versions.
    ...(info.audio
      ? ["-map", soundStream(info.audio), "-c:a", "libopus", "-b:a", "96k", "-ac", "2", "-strict", "-2"]
      : []),
    ...["-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4", temporary],
  ];
  const tool = new Tool(tools.ffmpeg, args, { environment: tools.environment, signal: options.signal });
  tool.stdin.end();
  const watch = { stalled: false };
  const timer = setTimeout(() => {
    watch.stalled = true;
    tool.kill();
  }, mediaLimits.stallMs);
  // Progress is reported twice a second; only its `frame` and `out_time_us` lines change while work goes on.
  let last = "";
  tool.stdout.setEncoding("utf8").on("data", (text: string) => {
    const now = /out_time_us=(\d+)/.exec(text)?.[1] ?? "";
    if (now !== last) timer.refresh();
    if (now !== "") options.onProgress?.(Number(now) / 1000);
    last = now;
  });
  try {
    const { code } = await tool.ended;
    options.signal?.throwIfAborted();
    if (watch.stalled)
      throw new AppError(
        "media_timeout",
        `Converting ${info.name} stands still. It may be damaged: try another copy.`,
      );
    if (code !== 0) {
      const unwritten = writeFailure(file, temporary, tool.words);
      if (unwritten !== undefined) throw unwritten;
      throw new AppError(
        "media_unreadable",
        `${info.name} cannot be converted for playback. It may be damaged: try another copy.`,
        {
          cause: new Error(tool.words),
        },
      );
    }
    await rename(temporary, file);
  } finally {
    clearTimeout(timer);
    await rm(temporary, { force: true });
  }
}

/** Pictures as a clip: each for the second that its results stand for. */
async function copyPictures(
  mediaPath: string,
  info: MediaInfo,
  file: string,
  options: ProxyOptions,
): Promise<void> {
  let encoder: Encoder | undefined;
  try {
    for await (const { width, height, data, timeMs, matrix, fullRange } of decodePictures(mediaPath, info, {
      ...options,
      maxHeight,
    })) {
      const { frameRate } = info.video!;
      encoder ??= await createEncoder(file, { ...options, width, height, frameRate, matrix, fullRange });
      await encoder.write(data);
      options.onProgress?.(timeMs);
    }
    await encoder?.close();
  } finally {
    await encoder?.[Symbol.asyncDispose]();
  }
}

function videoArguments(video: NonNullable<MediaInfo["video"]>): string[] {
  if (video.codec === "h264" && /^yuvj?420p$/.test(video.pixelFormat)) return ["-c:v", "copy"];
  const { filter } = decodedPicture(video, maxHeight);
  const even = "pad=w=ceil(iw/2)*2:h=ceil(ih/2)*2,setsar=1";
  return ["-vf", `${filter},${even}`, "-c:v", "libx264", "-preset", "veryfast", "-crf", "23"];
}
