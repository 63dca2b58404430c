import * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import { defaultFfmpeg, type MediaOptions } from "./ffmpeg.ts";
import { quietArguments } from "./inputArguments.ts";
import { mediaLimits } from "./limits.ts";
import type { DisplaySideData } from "./orientation.ts";
import { runTool } from "./process.ts";

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
  codec_tag_string: z.string().optional(),
  width: measure,
  height: measure,
  pix_fmt: z.string().optional(),
  color_range: z.string().optional(),
  color_space: z.string().optional(),
  color_transfer: z.string().optional(),
  field_order: z.string().optional(),
  sample_aspect_ratio: ratio,
  avg_frame_rate: ratio,
  r_frame_rate: ratio,
  start_time: measure,
  duration: measure,
  sample_rate: measure,
  channels: measure,
  disposition: z.object({ attached_pic: z.number().optional(), default: z.number().optional() }).optional(),
  tags: z.object({ title: z.string().optional(), language: z.string().optional() }).optional(),
  side_data_list: z
    .array(
      z.object({
        side_data_type: z.string().optional(),
        type: z.string().optional(),
        rotation: measure,
        displaymatrix: z.string().optional(),
      }),
    )
    .optional(),
});
const answerSchema = z.object({
  packets: z.array(z.object({ stream_index: z.int().optional(), pts_time: measure })).default([]),
  streams: z.array(streamSchema).default([]),
  format: z.object({ format_name: z.string().optional(), start_time: measure, duration: measure }).optional(),
});
export type ProbedStream = z.infer<typeof streamSchema>;
export type ProbeAnswer = z.infer<typeof answerSchema>;

/** Packets that the frame rate is judged by. */
export const judgedPackets = 600;
const entries = [
  "format=format_name,start_time,duration",
  "stream=index,codec_type,codec_name,codec_tag_string,width,height,pix_fmt,color_range,color_space," +
    "color_transfer,field_order,sample_aspect_ratio,avg_frame_rate,r_frame_rate,start_time,duration,sample_rate,channels",
  "stream_disposition=attached_pic,default",
  "stream_tags=title,language",
  "stream_side_data=side_data_type,type,rotation,displaymatrix",
  "packet=stream_index,pts_time",
].join(":");

/** What ffprobe says of a file. @throws AppError `media_unreadable`, `media_too_large`, `media_timeout` */
export async function askFfprobe(input: readonly string[], options: MediaOptions): Promise<ProbeAnswer> {
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
    throw new AppError("media_unreadable", damaged(words), { cause });
  }
}

const orientedFrames = z.object({
  frames: z
    .array(
      z.object({
        side_data_list: z
          .array(z.object({ rotation: measure, displaymatrix: z.string().optional() }))
          .optional(),
      }),
    )
    .default([]),
});
/** Kinds whose frames may say how they are held up (H.264 and H.265, D.2.27: display orientation SEI). */
const selfOriented = ["h264", "hevc"];

/** What the first frame says of how the picture is held up; undefined where it says nothing, or cannot be read. */
export async function askFirstFrame(
  input: readonly string[],
  { index, codec_name }: ProbedStream,
  options: MediaOptions,
): Promise<DisplaySideData | undefined> {
  if (codec_name === undefined || !selfOriented.includes(codec_name)) return undefined;
  const tools = options.ffmpeg ?? (await defaultFfmpeg());
  const shown = ["-show_entries", "frame_side_data=rotation,displaymatrix", "-select_streams", String(index)];
  const { code, stdout } = await runTool(
    tools.ffprobe,
    ["-v", "error", "-hide_banner", "-of", "json", ...shown, "-read_intervals", "%+#1", ...input],
    {
      environment: tools.environment,
      signal: options.signal,
      timeoutMs: mediaLimits.probeTimeoutMs,
      maxOutputBytes: mediaLimits.maxProbeAnswerBytes,
    },
  );
  if (code !== 0) return undefined;
  const { frames } = orientedFrames.parse(JSON.parse(stdout.toString("utf8")));
  return frames[0]?.side_data_list?.find((data) => data.displaymatrix !== undefined);
}

/** What is wrong with a file of a known kind that cannot be opened, and what to do about it. */
function damaged(words: string): string {
  if (/moov atom not found/.test(words))
    return "The file has no index: its recording was cut off before it was finished, or the copy is not complete. Copy it again, or have a repair tool rebuild the index.";
  return "The file is damaged: what it holds cannot be read. Try another copy.";
}

/** Reads through a file, without decoding, for how long it lasts; 0 when that tells nothing. */
export async function measureDurationMs(input: readonly string[], options: MediaOptions): Promise<number> {
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
