import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { MediaInfo, SoundTrack } from "../../shared/protocol/results.ts";
import type { MediaOptions } from "./ffmpeg.ts";
import { refuseEncrypted } from "./encryption.ts";
import {
  askFfprobe,
  askFirstFrame,
  judgedPackets,
  measureDurationMs,
  type ProbeAnswer,
  type ProbedStream,
} from "./ffprobe.ts";
import { inputArguments } from "./inputArguments.ts";
import { countJoinedFiles } from "./joinedFiles.ts";
import { mediaLimits } from "./limits.ts";
import { readMatroskaParts } from "./matroskaParts.ts";
import { readOrientation, type Orientation } from "./orientation.ts";
import { listPictures, probePictures } from "./pictures.ts";
import { sniffMedia, type Container } from "./sniff.ts";
import { counted } from "../../shared/text/counted.ts";

export interface ProbeOptions extends MediaOptions {
  /** The sound track to hear, from 1; absent: the first that can be decoded. */
  readonly audioTrack?: number | undefined;
}

/** Streams without a header for their duration: what ffprobe states is a guess from the first packets. */
const guessed: readonly Container[] = [
  "mp3",
  "aac",
  "ac3",
  "eac3",
  "dts",
  "amr",
  "h264",
  "hevc",
  "mpegvideo",
];

/**
 * What a media file, or a folder of pictures, holds: its first real video stream (cover pictures are none) and one of its sound tracks, each of a
 * kind that can be decoded. All times are on the media clock, whose zero is the start of the clip as ffmpeg has it: the
 * earliest of its streams. Anamorphic pictures count with square pixels. The duration is what the file says, or else what
 * its packets say: how long the clip is shows when it is decoded.
 * @throws AppError `media_not_found`, `media_empty`, `media_unsupported`, `media_unreadable`, `media_too_large`,
 * `media_timeout`, `ffmpeg_missing`, `invalid_config` for a sound track that is not there; the signal's reason on abort.
 */
export async function probeMedia(mediaPath: string, options: ProbeOptions = {}): Promise<MediaInfo> {
  const pictures = await listPictures(mediaPath);
  if (pictures !== undefined) return probePictures(mediaPath, pictures);
  const file = await sniffMedia(mediaPath);
  const input = inputArguments(mediaPath, file);
  const name = path.basename(mediaPath);
  await refuseEncrypted(mediaPath, file, name);
  const answer = await askFfprobe(input, options);
  const ofKind = (kind: string) =>
    answer.streams.filter((s) => s.codec_type === kind && s.disposition?.attached_pic !== 1);
  const [videos, sounds] = [ofKind("video"), ofKind("audio")];
  const video = videos.find(isReadable);
  const tracks = sounds.map(describeTrack);
  const audio = chooseSound(sounds, options.audioTrack, name);
  const statedDurationMs = guessed.includes(file.container) ? 0 : statedMs(answer);
  const info: MediaInfo = {
    name,
    sizeBytes: file.sizeBytes,
    durationMs: statedDurationMs || (await measureDurationMs(input, options)) || statedMs(answer),
    statedDurationMs,
    container: answer.format?.format_name ?? file.container,
  };
  const joined = await countJoinedFiles(mediaPath, file);
  if (joined > 1) info.joinedFiles = joined;
  const { orderedChapters, linked } = await readMatroskaParts(mediaPath, file);
  if (orderedChapters) info.orderedChapters = true;
  if (linked) info.linkedFiles = true;
  if (video !== undefined) {
    const stated = video.side_data_list?.find((s) => s.rotation !== undefined || s.displaymatrix);
    const display = stated ?? (await askFirstFrame(input, video, options));
    info.video = describeVideo(video, answer, name, readOrientation(display ?? {}));
    if (videos.length > 1) info.video.track = 1 + videos.indexOf(video);
    if (videos.length > 1) info.video.tracks = videos.length;
  }
  if (audio !== undefined)
    info.audio = { ...describeAudio(audio, answer, name), track: 1 + sounds.indexOf(audio) };
  if (tracks.length > 1 || tracks.some(({ readable }) => !readable)) info.soundTracks = tracks;
  if (!info.video && !info.audio) throw nothingToRead(name, [...videos, ...sounds]);
  return info;
}

/** ffmpeg knows the codec; whether it has a decoder for it shows when it is asked to decode. */
function isReadable({ codec_type, codec_name, width, height, sample_rate, channels }: ProbedStream): boolean {
  if (codec_name === undefined || /^(none|unknown)$/.test(codec_name)) return false;
  return codec_type === "video" ? Boolean(width && height) : Boolean(sample_rate && channels);
}

function codecOf({ codec_name, codec_tag_string }: ProbedStream): string {
  const tag = codec_tag_string?.startsWith("[") ? undefined : codec_tag_string;
  return (codec_name === "unknown" || codec_name === "none" ? undefined : codec_name) ?? tag ?? "unknown";
}

function describeTrack(stream: ProbedStream, index: number): SoundTrack {
  const { channels, tags, disposition } = stream;
  return {
    track: index + 1,
    codec: codecOf(stream),
    channels: channels ?? 0,
    ...(tags?.title && { title: tags.title }),
    ...(tags?.language && tags.language !== "und" && { language: tags.language }),
    default: disposition?.default === 1,
    readable: isReadable(stream),
  };
}

function chooseSound(
  sounds: readonly ProbedStream[],
  track: number | undefined,
  name: string,
): ProbedStream | undefined {
  if (track === undefined) return sounds.find(isReadable);
  const chosen = sounds[track - 1];
  if (chosen !== undefined && isReadable(chosen)) return chosen;
  const why = chosen
    ? `is of a kind (${codecOf(chosen)}) that ffmpeg here does not decode`
    : `is not there: it has ${sounds.length}`;
  throw new AppError("invalid_config", `Sound track ${track} of ${name} ${why}. Choose another.`);
}

function nothingToRead(name: string, streams: readonly ProbedStream[]): AppError {
  if (streams.length > 0)
    return new AppError(
      "media_unsupported",
      `${name} is coded as ${[...new Set(streams.map(codecOf))].join(" and ")}, which the ffmpeg here does not decode. Convert it to H.264 or WAV, or install a newer ffmpeg.`,
    );
  return new AppError(
    "media_unreadable",
    `${name} holds no picture and no sound that EDIN can read. It may be damaged: try another copy.`,
  );
}

function describeVideo(
  stream: ProbedStream,
  answer: ProbeAnswer,
  name: string,
  { rotationDeg, mirrored }: Orientation,
) {
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
  const bt2020 = /^bt2020/.test(stream.color_space ?? "");
  const bt709 = known ? bt2020 || stream.color_space === "bt709" : Math.min(width, height) >= 720;
  const transfer = hdrTransfers[stream.color_transfer ?? ""];
  const stereo = stream.side_data_list?.find(({ side_data_type }) => side_data_type === "Stereo 3D");
  return {
    codec: stream.codec_name!,
    pixelFormat: stream.pix_fmt ?? "unknown",
    width,
    height,
    rotationDeg,
    ...(mirrored && { mirrored }),
    ...(stretched !== stream.width && { pixelAspect: stretched / stream.width! }),
    startMs: startMs(stream, answer),
    frameRate: frameRateOf(stream.avg_frame_rate ?? stream.r_frame_rate, times),
    variableFrameRate: isVariable(times),
    matrix: bt709 ? ("bt709" as const) : ("bt601" as const),
    ...(bt2020 && { bt2020 }),
    ...(transfer && { hdr: transfer }),
    ...(/^(?:tt|bb|tb|bt)$/.test(stream.field_order ?? "") && { interlaced: true }),
    ...(stereo?.type !== undefined && stereo.type !== "2D" && { stereo3d: stereo.type }),
    fullRange: stream.color_range === "pc" || (stream.pix_fmt ?? "").startsWith("yuvj"),
  };
}

/** ITU-R BT.2100: curves of brightness of which a screen without HDR knows nothing. */
const hdrTransfers: Readonly<Record<string, "pq" | "hlg">> = { smpte2084: "pq", "arib-std-b67": "hlg" };

function describeAudio(stream: ProbedStream, answer: ProbeAnswer, name: string) {
  const [sampleRateHz, channels] = [Math.round(stream.sample_rate!), stream.channels!];
  if (sampleRateHz > mediaLimits.maxSampleRateHz || channels > mediaLimits.maxChannels) {
    throw new AppError(
      "media_too_large",
      `The sound of ${name} has ${counted(channels, "channel")} at ${sampleRateHz} Hz. Convert it first.`,
    );
  }
  return { codec: stream.codec_name!, sampleRateHz, channels, startMs: startMs(stream, answer) };
}

function startMs(stream: ProbedStream, answer: ProbeAnswer): number {
  const zeroS = answer.format?.start_time ?? 0;
  return 1000 * ((stream.start_time ?? zeroS) - zeroS);
}

/** The container's duration, or the longest of the streams'; 0 when it is not stated. */
function statedMs(answer: ProbeAnswer): number {
  const durations = [answer.format?.duration, ...answer.streams.map((s) => s.duration)];
  return 1000 * Math.max(0, durations.find((s) => s !== undefined && s > 0) ?? 0);
}

/**
 * Frames a second: what the file says, unless its first packets say otherwise (recordings of browsers claim 1000). A
 * frame may come as two packets, one a field.
 */
export function frameRateOf(stated: number | undefined, timesS: readonly number[]): number {
  const sorted = [...timesS].sort((a, b) => a - b);
  const lengthS = sorted.length < 10 ? 0 : sorted.at(-1)! - sorted[0]!;
  const measured = lengthS > 0 ? (sorted.length - 1) / lengthS : undefined;
  const wrong =
    measured !== undefined && (stated === undefined || stated > 1.5 * measured || stated < measured / 2.5);
  return Math.min(1000, (wrong ? measured : stated) ?? 25);
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
