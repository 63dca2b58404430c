import { AppError } from "../../shared/errors.ts";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import { BlockReader } from "./blockReader.ts";
import { defaultFfmpeg, type MediaOptions } from "./ffmpeg.ts";
import type { AudioChunk } from "./frame.ts";
import { inputArguments, keepClock, quietArguments } from "./inputArguments.ts";
import { mediaLimits } from "./limits.ts";
import { Tool } from "./process.ts";
import { sniffMedia, type Container } from "./sniff.ts";

export interface DecodeAudioOptions extends MediaOptions {
  readonly sampleRateHz: number;
}

const chunkSamples = 8192;

/**
 * The sound of a clip, mixed to mono, resampled, on the media clock: sample k of the whole is at k / sampleRateHz
 * seconds. Sound that starts late is preceded by silence, a gap of more than 0.1 s is filled with silence, samples
 * before zero are left out. Samples are in -1..1, never NaN. Each chunk has a buffer of its own.
 * @throws AppError `no_audio`, `media_unreadable`, `media_timeout` and those of sniffMedia; the signal's reason on abort.
 */
export async function* decodeAudio(
  mediaPath: string,
  info: MediaInfo,
  options: DecodeAudioOptions,
): AsyncGenerator<AudioChunk, void, undefined> {
  const { audio } = info;
  if (!audio) throw new AppError("no_audio", `${info.name} has no sound. Choose a file with sound.`);
  const { sampleRateHz, signal } = options;
  const { container } = await sniffMedia(mediaPath);
  const tools = options.ffmpeg ?? (await defaultFfmpeg());
  const args = [
    ...quietArguments,
    ...["-loglevel", "error"],
    ...inputArguments(mediaPath, container),
    ...["-map", "0:a:0", "-af", audioFilter(audio.channels, sampleRateHz)],
    ...["-t", String(longestMs(info, container) / 1000)],
    ...["-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"],
    ...keepClock(container, info.video && "0:V:0"),
  ];
  const tool = new Tool(tools.ffmpeg, args, { environment: tools.environment, signal });
  tool.stdin.end();
  try {
    const reader = new BlockReader(tool.stdout, 4 * chunkSamples, 4);
    let sample = 0;
    for (;;) {
      const block = await reader.next(mediaLimits.stallMs);
      if (!block) break;
      const samples = readSamples(block);
      reader.release(block);
      if (samples.length > 0) yield { timeMs: (1000 * sample) / sampleRateHz, sampleRateHz, samples };
      sample += samples.length;
    }
    const { code, error } = await tool.ended;
    signal?.throwIfAborted();
    if (code !== 0 || sample === 0) {
      throw new AppError("media_unreadable", `The sound of ${info.name} is damaged. Try another copy.`, {
        cause: error ?? new Error(tool.words),
      });
    }
  } finally {
    tool.kill();
    await tool.ended;
  }
}

/**
 * A damaged time far ahead would be filled with hours of silence: sound ends at twice the clip's duration at the latest.
 * MP3 and AAC streams have no times of their own, and their duration is a guess.
 */
function longestMs(info: MediaInfo, container: Container): number {
  const guessed = container === "mp3" || container === "aac" || info.durationMs === 0;
  return guessed
    ? mediaLimits.maxDurationMs
    : Math.min(mediaLimits.maxDurationMs, 2 * info.durationMs + 10_000);
}

/** More than eight channels have no layout that ffmpeg could mix down by: all count the same. */
function audioFilter(channels: number, sampleRateHz: number): string {
  const share = 1 / channels;
  const terms = Array.from({ length: channels }, (_, c) => `${share}*c${c}`);
  const mix = channels > 8 ? [`pan=mono|c0=${terms.join("+")}`] : [];
  const format = `aformat=sample_fmts=flt:sample_rates=${sampleRateHz}:channel_layouts=mono`;
  return [...mix, "aresample=async=1:first_pts=0", format].join(",");
}

/** Little-endian floats, clipped to -1..1; what is no number is silence. */
function readSamples(block: Uint8Array): Float32Array {
  const samples = new Float32Array(block.length >> 2);
  const view = new DataView(block.buffer, block.byteOffset);
  for (let i = 0; i < samples.length; i++) {
    const value = view.getFloat32(4 * i, true);
    samples[i] = value >= -1 ? Math.min(1, value) : value < -1 ? -1 : 0;
  }
  return samples;
}
