import path from "node:path";
import { mediaLimits } from "./limits.ts";
import type { Container } from "./sniff.ts";

/**
 * What every reading ffmpeg or ffprobe is told before its input: the demuxer that the first bytes call for and no
 * other, files and pipes only, limits on streams, sizes and memory. `file:` in front of the path keeps a name such as
 * `concat:a|b` or `-y` a name.
 */
export function inputArguments(mediaPath: string, container: Container): string[] {
  return [
    ...["-protocol_whitelist", "file,pipe"],
    ...["-format_whitelist", container],
    ...["-max_streams", String(mediaLimits.maxStreams)],
    ...["-probesize", String(mediaLimits.probeBytes)],
    ...["-analyzeduration", String(mediaLimits.probeDurationUs)],
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
