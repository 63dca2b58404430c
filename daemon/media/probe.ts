import path from "node:path";
import * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import { defaultFfmpeg, type Ffmpeg } from "./ffmpeg.ts";
import { inputArguments, quietArguments } from "./inputArguments.ts";
import { mediaLimits } from "./limits.ts";
import { runTool } from "./process.ts";
import { sniffMedia } from "./sniff.ts";

export interface MediaOptions {
  /** Absent: the npm packages' programs. */
  readonly ffmpeg?: Ffmpeg | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A number that ffprobe writes as text; absent when it is none. */
const measure = z
  .union([z.string(), z.number()])
  .optional()
  .transform((value) => {
    const number = Number.parseFloat(String(value));
    return Number.isFinite(number) ? number : undefined;
  });
/** `30000/1001`, or undefined for `0/0`. */
const ratio = z
  .string()
  .optional()
  .transform((text) => {
    const [over, under] = (text ?? "").split(/[/:]/).map(Number);
    return over && under && over > 0 && under > 0 ? over / under : undefined;
  });

const streamSchema = z.object({
  index: z.int(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  width: measure,
  height: measure,
  pix_fmt: z.string().optional(),
  color_range: z.string().optional(),
  color_space: z.string().optional(),
  sample_aspect_ratio: ratio,
  avg_frame_rate: ratio,
  r_frame_rate: ratio,
  start_time: measure,
  duration: measure,
  sample_rate: measure,
  channels: measure,
  disposition: z.object({ attached_pic: z.number().optional() }).optional(),
  side_data_list: z.array(z.object({ rotation: measure })).optional(),
});
const answerSchema = z.object({
  packets: z.array(z.object({ stream_index: z.int().optional(), pts_time: measure })).default([]),
  streams: z.array(streamSchema).default([]),
  format: z.object({ format_name: z.string().optional(), start_time: measure, duration: measure }).optional(),
});
type Stream = z.infer<typeof streamSchema>;
type Answer = z.infer<typeof answerSchema>;

/** Packets that the frame rate is judged by. */
const judgedPackets = 600;
const entries = [
  "format=format_name,start_time,duration",
  "stream=index,codec_type,codec_name,width,height,pix_fmt,color_range,color_space,sample_aspect_ratio," +
    "avg_frame_rate,r_frame_rate,start_time,duration,sample_rate,channels",
  "stream_disposition=attached_pic",
  "stream_side_data=rotation",
  "packet=stream_index,pts_time",
].join(":");

/**
 * What a media file holds: its first real video stream (cover pictures are none) and its first sound. All times are on
 * the media clock, whose zero is the start of the clip as ffmpeg has it: the earliest of its streams. Anamorphic
 * pictures count with square pixels.
 * @throws AppError `media_not_found`, `media_empty`, `media_unsupported`, `media_unreadable`, `media_too_large`,
 * `media_timeout`, `ffmpeg_missing`; the signal's reason on abort.
 */
export async function probeMedia(mediaPath: string, options: MediaOptions = {}): Promise<MediaInfo> {
  const { container, sizeBytes } = await sniffMedia(mediaPath);
  const input = inputArguments(mediaPath, container);
  const answer = await askFfprobe(input, options);
  const name = path.basename(mediaPath);
  // The first of each kind, as ffmpeg's `0:V:0` and `0:a:0` choose: what is probed here is what gets decoded.
  const first = (kind: string) =>
    answer.streams.find((s) => s.codec_type === kind && s.disposition?.attached_pic !== 1);
  const [video, audio] = [first("video"), first("audio")];
  const info: MediaInfo = {
    name,
    sizeBytes,
    durationMs: statedDurationMs(answer) || (await measureDurationMs(input, options)),
    container: answer.format?.format_name ?? container,
  };
  if (video?.codec_name && video.width && video.height) {
    info.video = describeVideo(video, answer, name);
  }
  if (audio?.codec_name && audio.sample_rate && audio.channels) {
    info.audio = describeAudio(audio, answer, name);
  }
  if (!info.video && !info.audio) {
    throw new AppError(
      "media_unreadable",
      `${name} holds no picture and no sound that EDIN can read. It may be damaged: try another copy.`,
    );
  }
  if (info.durationMs > mediaLimits.maxDurationMs) {
    throw new AppError(
      "media_too_large",
      `${name} is longer than ${mediaLimits.maxDurationMs / 3_600_000} hours. Cut it first.`,
    );
  }
  return info;
}

async function askFfprobe(input: readonly string[], options: MediaOptions): Promise<Answer> {
  const tools = options.ffmpeg ?? (await defaultFfmpeg());
  const args = ["-v", "error", "-hide_banner", "-of", "json", "-show_entries", entries];
  const { code, stdout, words } = await runTool(
    tools.ffprobe,
    [...args, "-read_intervals", `%+#${judgedPackets}`, ...input],
    {
      environment: tools.environment,
      signal: options.signal,
      timeoutMs: mediaLimits.probeTimeoutMs,
      maxOutputBytes: mediaLimits.maxProbeAnswerBytes,
    },
  );
  try {
    if (code === 0) return answerSchema.parse(JSON.parse(stdout.toString("utf8")));
    throw new Error(words);
  } catch (cause) {
    throw new AppError(
      "media_unreadable",
      "The file is damaged: what it holds cannot be read. Try another copy.",
      { cause },
    );
  }
}

function describeVideo(stream: Stream, answer: Answer, name: string) {
  const rotationDeg = uprightRotation(stream.side_data_list?.find((s) => s.rotation !== undefined)?.rotation);
  const stretched = Math.max(1, Math.round(stream.width! * (stream.sample_aspect_ratio ?? 1)));
  const turned = rotationDeg === 90 || rotationDeg === 270;
  const [width, height] = turned ? [stream.height!, stretched] : [stretched, stream.height!];
  const sides = [stream.width!, width, height];
  if (Math.max(...sides) > mediaLimits.maxSidePx || width * height > mediaLimits.maxPixels) {
    throw new AppError(
      "media_too_large",
      `The picture of ${name} is ${width} x ${height}. EDIN reads up to ${mediaLimits.maxSidePx} pixels a side and 8K in all: scale it down first.`,
    );
  }
  const times = answer.packets.flatMap((p) =>
    p.stream_index === stream.index && p.pts_time !== undefined ? [p.pts_time] : [],
  );
  const known = stream.color_space !== undefined && stream.color_space !== "unknown";
  const bt709 = known ? stream.color_space === "bt709" : Math.min(width, height) >= 720;
  return {
    codec: stream.codec_name!,
    pixelFormat: stream.pix_fmt ?? "unknown",
    width,
    height,
    rotationDeg,
    startMs: startMs(stream, answer),
    frameRate: Math.min(1000, stream.avg_frame_rate ?? stream.r_frame_rate ?? 25),
    variableFrameRate: isVariable(times),
    matrix: bt709 ? ("bt709" as const) : ("bt601" as const),
    fullRange: stream.color_range === "pc" || (stream.pix_fmt ?? "").startsWith("yuvj"),
  };
}

function describeAudio(stream: Stream, answer: Answer, name: string) {
  const [sampleRateHz, channels] = [Math.round(stream.sample_rate!), stream.channels!];
  if (sampleRateHz > mediaLimits.maxSampleRateHz || channels > mediaLimits.maxChannels) {
    throw new AppError(
      "media_too_large",
      `The sound of ${name} has ${channels} channels at ${sampleRateHz} Hz. Convert it first.`,
    );
  }
  return { codec: stream.codec_name!, sampleRateHz, channels, startMs: startMs(stream, answer) };
}

function startMs(stream: Stream, answer: Answer): number {
  const zeroS = answer.format?.start_time ?? 0;
  return 1000 * ((stream.start_time ?? zeroS) - zeroS);
}

/** The container's duration, or the longest of the streams'; 0 when it is not stated. */
function statedDurationMs(answer: Answer): number {
  const durations = [answer.format?.duration, ...answer.streams.map((s) => s.duration)];
  return 1000 * Math.max(0, durations.find((s) => s !== undefined && s > 0) ?? 0);
}

/** Reads through a file that does not state its duration, such as a browser's recording; 0 when that tells nothing. */
async function measureDurationMs(input: readonly string[], options: MediaOptions): Promise<number> {
  const tools = options.ffmpeg ?? (await defaultFfmpeg());
  const output = ["-map", "0:V:0?", "-map", "0:a:0?", "-c", "copy", "-f", "null", "-"];
  const { stdout } = await runTool(
    tools.ffmpeg,
    [...quietArguments, "-loglevel", "error", "-progress", "pipe:1", ...input, ...output],
    {
      environment: tools.environment,
      signal: options.signal,
      timeoutMs: mediaLimits.measureTimeoutMs,
      maxOutputBytes: mediaLimits.maxProbeAnswerBytes,
    },
  );
  const times = [...stdout.toString("latin1").matchAll(/^out_time_us=(\d+)$/gm)];
  return Number(times.at(-1)?.[1] ?? 0) / 1000;
}

/** From ffprobe's counter-clockwise angle to the clockwise quarter turns that make the picture upright. */
export function uprightRotation(rotation: number | undefined): 0 | 90 | 180 | 270 {
  const turns = Math.round(-(rotation ?? 0) / 90);
  return ([0, 90, 180, 270] as const)[((turns % 4) + 4) % 4]!;
}

/**
 * Whether frames are unevenly spaced: an interval differs from the median one by more than a tenth and 1.5 ms (containers
 * round times to 1 ms). The last 16 times are left out: reordered frames may be missing among them.
 */
export function isVariable(timesS: readonly number[]): boolean {
  const sorted = [...timesS].sort((a, b) => a - b);
  const judged = timesS.length >= judgedPackets / 4 ? sorted.slice(0, -16) : sorted;
  const intervals = judged.slice(1).map((time, i) => time - judged[i]!);
  if (intervals.length < 2) return false;
  const median = [...intervals].sort((a, b) => a - b)[intervals.length >> 1]!;
  return intervals.some((interval) => Math.abs(interval - median) > Math.max(0.0015, median / 10));
}
