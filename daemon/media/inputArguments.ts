import path from "node:path";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import { mediaLimits } from "./limits.ts";
import type { Container, MediaFile } from "./sniff.ts";

/**
 * What every reading ffmpeg or ffprobe is told before its input: the demuxer that the first bytes call for and no
 * other, files and pipes only, limits on streams, sizes and memory. `file:` in front of the path keeps a name such as
 * `concat:a|b` or `-y` a name.
 */
export function inputArguments(
  mediaPath: string,
  { container, demuxerOptions }: Pick<MediaFile, "container" | "demuxerOptions">,
): string[] {
  return [
    ...["-protocol_whitelist", "file,pipe"],
    ...["-format_whitelist", container],
    ...["-max_streams", String(mediaLimits.maxStreams)],
    ...["-probesize", String(mediaLimits.probeBytes)],
    ...["-analyzeduration", String(mediaLimits.probeDurationUs)],
    ...demuxerOptions,
    ...["-f", container],
    ...["-i", `file:${path.resolve(mediaPath)}`],
  ];
}

/** What every ffmpeg is told first: no questions, no progress lines, no unbounded allocation. */
export const quietArguments: readonly string[] = [
  "-hide_banner",
  "-nostdin",
  "-nostats",
  "-y",
  ...["-max_alloc", String(mediaLimits.maxAllocationBytes)],
];

/** Containers whose clock ffmpeg sets by the streams that are read, instead of by all that are there. */
const ownClock: readonly Container[] = ["mpegts", "mpeg", "ogg"];

/**
 * A second output that makes ffmpeg read the other stream too and drop it, where the clock would otherwise begin with the
 * one stream that is decoded. Goes behind the arguments of the first output.
 * @param other the stream that is not decoded, if the clip has it
 */
export function keepClock(container: Container, other: string | undefined): string[] {
  return other !== undefined && ownClock.includes(container)
    ? ["-map", other, "-c", "copy", "-f", "null", "-"]
    : [];
}

/** ffmpeg's name of the picture that was probed: cover pictures do not count. */
export const pictureStream = ({ track = 1 }: NonNullable<MediaInfo["video"]>): string => `0:V:${track - 1}`;

/** ffmpeg's name of the sound track that is heard. */
export const soundStream = ({ track = 1 }: NonNullable<MediaInfo["audio"]>): string => `0:a:${track - 1}`;
