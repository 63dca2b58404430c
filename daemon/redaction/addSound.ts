import { rename, rm } from "node:fs/promises";
import { AppError } from "../../shared/errors.ts";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import { inputArguments, quietArguments, soundStream } from "../media/inputArguments.ts";
import { Tool } from "../media/process.ts";
import { sniffMedia } from "../media/sniff.ts";
import { writeFailure } from "../media/writeFailure.ts";

export type VoiceMode = "keep" | "pitch" | "remove";

/** Pitch and formants go down together; the tempo stays. Who has the copy can turn it back: it hides a voice from casual ears. */
const pitchFactor = 0.8;
const pitchRateHz = 48_000;

/** Puts the clip's sound beside the picture of `file`, as the request says; in place. Nothing else of the clip goes along. */
export async function addSound(
  file: string,
  { mediaPath, voice }: { readonly mediaPath: string; readonly voice: VoiceMode },
  media: MediaInfo,
  { ffmpeg, signal }: { readonly ffmpeg: Ffmpeg; readonly signal: AbortSignal },
): Promise<void> {
  if (!media.audio || voice === "remove") return;
  const source = await sniffMedia(mediaPath);
  const filters = [
    // Sound that begins late begins with silence.
    "aresample=async=1:first_pts=0",
    ...(voice === "pitch"
      ? [
          `aresample=${pitchRateHz}`,
          `asetrate=${pitchRateHz * pitchFactor}`,
          `aresample=${pitchRateHz}`,
          `atempo=${1 / pitchFactor}`,
        ]
      : []),
  ];
  const joined = `${file}.sound.mp4`;
  const args = [
    ...quietArguments,
    ...["-loglevel", "error"],
    ...["-f", "mp4", "-i", `file:${file}`],
    ...inputArguments(mediaPath, source),
    ...[
      "-map",
      "0:v",
      "-c:v",
      "copy",
      "-map",
      soundStream(media.audio, 1),
      "-af",
      filters.join(","),
      "-c:a",
      "aac",
      "-ac",
      "2",
    ],
    ...["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"],
    ...["-movflags", "+faststart", "-f", "mp4", joined],
  ];
  try {
    const tool = new Tool(ffmpeg.ffmpeg, args, { environment: ffmpeg.environment, signal });
    tool.stdin.end();
    const { code } = await tool.ended;
    signal.throwIfAborted();
    if (code !== 0)
      throw (
        writeFailure(file, joined, tool.words) ??
        new AppError(
          "media_unreadable",
          `The sound of ${media.name} cannot be read. Redact it with --voice remove.`,
          { cause: new Error(tool.words) },
        )
      );
    await rename(joined, file);
  } finally {
    await rm(joined, { force: true });
  }
}
