import { rename, rm } from "node:fs/promises";
import { AppError } from "../../shared/errors.ts";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import type { Ffmpeg } from "./ffmpeg.ts";
import { inputArguments, quietArguments, soundStream } from "./inputArguments.ts";
import { Tool } from "./process.ts";
import { sniffMedia } from "./sniff.ts";
import { writeFailure } from "./writeFailure.ts";

/** Pitch and formants go down together; the tempo stays. Who has the copy can turn it back: it hides a voice from casual ears. */
const pitchFactor = 0.8;
const pitchRateHz = 48_000;

export interface AddSoundOptions {
  /** The clip whose sound it is. */
  readonly mediaPath: string;
  readonly media: MediaInfo;
  /** `file` is a part that begins here: the sound begins and ends with it. */
  readonly fromMs?: number;
  /** Lowers voices. */
  readonly pitch?: boolean;
  readonly ffmpeg: Ffmpeg;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts a clip's sound beside the picture of the MP4 `file`, in place. Nothing else of the clip goes along; a clip without sound
 * adds nothing.
 * @throws AppError `media_unreadable`, `disk_full`; the signal's reason on abort
 */
export async function addSound(
  file: string,
  { mediaPath, media, fromMs, pitch = false, ffmpeg, signal }: AddSoundOptions,
): Promise<void> {
  if (!media.audio) return;
  const source = await sniffMedia(mediaPath);
  const filters = [
    // Sound that begins late begins with silence.
    "aresample=async=1:first_pts=0",
    ...(fromMs !== undefined ? [`atrim=start=${fromMs / 1000}`, "asetpts=PTS-STARTPTS"] : []),
    ...(pitch
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
    ...(fromMs === undefined ? [] : ["-shortest"]),
    ...["-movflags", "+faststart", "-f", "mp4", joined],
  ];
  try {
    const tool = new Tool(ffmpeg.ffmpeg, args, { environment: ffmpeg.environment, signal });
    tool.stdin.end();
    const { code } = await tool.ended;
    signal?.throwIfAborted();
    if (code !== 0)
      throw (
        writeFailure(file, joined, tool.words) ??
        new AppError(
          "media_unreadable",
          `The sound of ${media.name} cannot be read. Leave it out (--voice remove).`,
          { cause: new Error(tool.words) },
        )
      );
    await rename(joined, file);
  } finally {
    await rm(joined, { force: true });
  }
}
