import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { AppError } from "../../shared/errors.ts";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import type { Ffmpeg } from "./ffmpeg.ts";
import { inputArguments, keepClock, pictureStream, quietArguments, soundStream } from "./inputArguments.ts";
import { mediaLimits } from "./limits.ts";
import { alongTimes, printSoundStart, SoundStart } from "./soundTimes.ts";
import { Tool } from "./process.ts";
import { sniffMedia } from "./sniff.ts";
import { writeFailure } from "./writeFailure.ts";

/** Pitch and formants go down together; the tempo stays. Who has the copy can turn it back: it hides a voice from casual ears. */
const pitchFactor = 0.8;
const rateHz = 48_000;
const stereo = `aformat=sample_fmts=s16:sample_rates=${rateHz}:channel_layouts=stereo`;

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
    ...(fromMs !== undefined ? [`atrim=start=${fromMs / 1000}`, "asetpts=PTS-STARTPTS"] : []),
    ...(pitch
      ? [`asetrate=${rateHz * pitchFactor}`, `aresample=${rateHz}`, `atempo=${1 / pitchFactor}`]
      : []),
  ];
  const joined = `${file}.sound.mp4`;
  const args = [
    ...quietArguments,
    ...["-loglevel", "error"],
    ...["-f", "mp4", "-i", `file:${file}`],
    ...["-f", "s16le", "-ar", String(rateHz), "-ac", "2", "-i", "pipe:0"],
    ...["-map", "0:v", "-c:v", "copy", "-map", "1:a", "-c:a", "aac"],
    ...(filters.length > 0 ? ["-af", filters.join(",")] : []),
    ...["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"],
    ...(fromMs === undefined ? [] : ["-shortest"]),
    ...["-movflags", "+faststart", "-f", "mp4", joined],
  ];
  const started = new SoundStart();
  const decoder = new Tool(
    ffmpeg.ffmpeg,
    [
      ...quietArguments,
      ...["-loglevel", "repeat+info"],
      ...inputArguments(mediaPath, source),
      ...["-map", soundStream(media.audio), "-af"],
      printSoundStart + [...alongTimes(source.container, media.video !== undefined), stereo].join(),
      ...["-f", "s16le", "pipe:1"],
      ...keepClock(source.container, media.video && pictureStream(media.video)),
    ],
    { environment: ffmpeg.environment, signal, onLine: (line) => started.read(line) },
  );
  decoder.stdin.end();
  void decoder.ended.then(() => started.end());
  try {
    const tool = new Tool(ffmpeg.ffmpeg, args, { environment: ffmpeg.environment, signal });
    // Who has enough goes first; what became of the work is told by the exit code.
    await pipeline(fromZero(decoder.stdout, started), tool.stdin).catch(() => undefined);
    const { code } = await tool.ended;
    signal?.throwIfAborted();
    if (code !== 0)
      throw (
        writeFailure(file, joined, tool.words) ??
        new AppError(
          "media_unreadable",
          `The sound of ${media.name} cannot be read. Leave it out (--voice remove).`,
          { cause: new Error(decoder.words + tool.words) },
        )
      );
    await rename(joined, file);
  } finally {
    decoder.kill();
    await decoder.ended;
    await rm(joined, { force: true });
  }
}

/** Of two channels, 2 bytes each. */
const frameBytes = 4;

/** Samples from the clip's beginning on: sound that begins late begins with silence, what lies before the beginning is left out. */
async function* fromZero(samples: AsyncIterable<Buffer>, start: SoundStart): AsyncGenerator<Uint8Array> {
  let early: number | undefined;
  for await (const chunk of samples) {
    if (early === undefined) {
      const startMs = Math.min(await start.ms, mediaLimits.maxDurationMs);
      const bytes = frameBytes * Math.round((startMs * rateHz) / 1000);
      for (let left = bytes; left > 0; left -= silence.length) yield silence.subarray(0, left);
      early = Math.max(0, -bytes);
    }
    yield chunk.subarray(early);
    early = Math.max(0, early - chunk.length);
  }
}

const silence = new Uint8Array(65_536);
