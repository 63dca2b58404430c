import { AppError } from "../../shared/errors.ts";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import { BlockReader } from "./blockReader.ts";
import { Downmix } from "./downmix.ts";
import { OffsetRemover } from "./offset.ts";
import { defaultFfmpeg, type Ffmpeg, type MediaOptions } from "./ffmpeg.ts";
import type { AudioChunk } from "./frame.ts";
import { inputArguments, keepClock, pictureStream, quietArguments, soundStream } from "./inputArguments.ts";
import { mediaLimits } from "./limits.ts";
import { Tool } from "./process.ts";
import { alongTimes, printSoundStart, SoundStart } from "./soundTimes.ts";
import { sniffMedia, type Container, type MediaFile } from "./sniff.ts";

export interface DecodeAudioOptions extends MediaOptions {
  readonly sampleRateHz: number;
  /** Told at the end when channels were out of phase: one was inverted. */
  readonly onOutOfPhase?: (() => void) | undefined;
  /** Told first when the sound goes beyond full scale, as floating-point recordings may: it is turned down by so much. */
  readonly onTurnedDown?: ((decibels: number) => void) | undefined;
  /** A constant was taken off the samples ({@link OffsetRemover}); its share of full scale. */
  readonly onOffset?: ((share: number) => void) | undefined;
}

const chunkSamples = 8192;

/**
 * The chosen sound of a clip, mixed to mono ({@link Downmix}), resampled, on the media clock: sample k of the whole is
 * at k / sampleRateHz seconds. Sound that starts late is preceded by silence, a gap of more than 0.1 s is filled with
 * silence, samples before zero are left out. Samples are in -1..1, never NaN: floating-point sound that goes beyond is
 * turned down as a whole. Each chunk has a buffer of its own.
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
  const file = await sniffMedia(mediaPath);
  const tools = options.ffmpeg ?? (await defaultFfmpeg());
  const input = inputArguments(mediaPath, file);
  const peak = /^pcm_f(16|24|32|64)/.test(audio.codec)
    ? await measurePeak(input, audio, { ...options, ffmpeg: tools })
    : 1;
  if (peak > 1) options.onTurnedDown?.(20 * Math.log10(peak));
  const quieter = peak > 1 ? [`volume=${1 / peak}:precision=float`] : [];
  const filters = [...quieter, audioFilter(info, sampleRateHz, file.container)].join(",");
  const args = [
    ...quietArguments,
    ...["-loglevel", "repeat+info"],
    ...input,
    ...["-map", soundStream(audio), "-af", printSoundStart + filters],
    ...["-t", String(maxMs(info, file) / 1000)],
    ...["-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"],
    ...keepClock(file.container, info.video && pictureStream(info.video)),
  ];
  const start = new SoundStart();
  const tool = new Tool(tools.ffmpeg, args, {
    environment: tools.environment,
    signal,
    onLine: (line) => start.read(line),
  });
  tool.stdin.end();
  void tool.ended.then(() => start.end());
  try {
    const channels = decodedChannels(audio.channels);
    const reader = new BlockReader(tool.stdout, 4 * chunkSamples * channels, 4);
    const downmix = new Downmix(channels);
    const offset = new OffsetRemover(channels);
    let block = await reader.next(mediaLimits.stallMs);
    // Its line was written before it.
    const startMs = block === undefined ? 0 : Math.min(await start.ms, maxMs(info, file));
    let early = Math.max(0, Math.round((-startMs * sampleRateHz) / 1000));
    let sample = 0;
    for (const samples of silence(Math.round((startMs * sampleRateHz) / 1000))) {
      yield { timeMs: (1000 * sample) / sampleRateHz, sampleRateHz, samples };
      sample += samples.length;
    }
    for (; block; block = await reader.next(mediaLimits.stallMs)) {
      const all = readSamples(block);
      reader.release(block);
      offset.remove(all);
      const mixed = channels === 1 ? all : downmix.mix(all);
      const samples = mixed.subarray(early);
      early = Math.max(0, early - mixed.length);
      if (samples.length > 0) yield { timeMs: (1000 * sample) / sampleRateHz, sampleRateHz, samples };
      sample += samples.length;
      if ((1000 * sample) / sampleRateHz > mediaLimits.maxDurationMs)
        throw new AppError("media_too_large", `${info.name} goes on for more than EDIN reads. Cut it first.`);
    }
    if (downmix.inverted) options.onOutOfPhase?.();
    if (offset.largest > 0) options.onOffset?.(offset.largest);
    const { code, error } = await tool.ended;
    signal?.throwIfAborted();
    if (code !== 0 || sample === 0) throw unreadable(info.name, audio.codec, error ?? new Error(tool.words));
  } finally {
    tool.kill();
    await tool.ended;
  }
}

function* silence(samples: number): Generator<Float32Array<ArrayBuffer>, void, undefined> {
  for (let left = samples; left > 0; left -= chunkSamples)
    yield new Float32Array(Math.min(left, chunkSamples));
}

/** The greatest sample of a track whose samples may be of any size, read once through. */
async function measurePeak(
  input: readonly string[],
  audio: NonNullable<MediaInfo["audio"]>,
  { ffmpeg, signal }: MediaOptions & { ffmpeg: Ffmpeg },
): Promise<number> {
  const output = ["-map", soundStream(audio), "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"];
  const args = [...quietArguments, "-loglevel", "error", ...input, ...output];
  const tool = new Tool(ffmpeg.ffmpeg, args, { environment: ffmpeg.environment, signal });
  tool.stdin.end();
  let peak = 0;
  try {
    const reader = new BlockReader(tool.stdout, 4 * chunkSamples, 2);
    for (;;) {
      const block = await reader.next(mediaLimits.stallMs);
      if (!block) break;
      const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
      for (let at = 0; at + 4 <= block.length; at += 4) {
        const size = Math.abs(view.getFloat32(at, true));
        if (size > peak && size < Infinity) peak = size;
      }
      reader.release(block);
    }
  } finally {
    tool.kill();
    await tool.ended;
  }
  return peak;
}

function unreadable(name: string, codec: string, cause: Error): AppError {
  if (/Decoder .*not found|no decoder found|Decoding requested, but no decoder/i.test(cause.message))
    return new AppError(
      "media_unreadable",
      `The sound of ${name} is of a kind (${codec}) that the ffmpeg here does not decode. Convert it, or install a newer ffmpeg.`,
      { cause },
    );
  return new AppError("media_unreadable", `The sound of ${name} is damaged. Try another copy.`, { cause });
}

/** What the leanest voice codec needs for a second with its pauses left out, bytes. */
const minBytesPerSecond = 30;

/**
 * A damaged time far ahead would be filled with hours of silence: sound ends where a file of this size could not hold
 * more. What the header says of the length may make that later, never sooner.
 */
function maxMs({ durationMs }: MediaInfo, { sizeBytes }: MediaFile): number {
  const held = (1000 * sizeBytes) / minBytesPerSecond;
  return Math.min(mediaLimits.maxDurationMs + 1000, Math.max(2 * durationMs, held) + 10_000);
}

/** More channels have no layout that ffmpeg could hand on: it mixes them itself, all the same. */
const maxChannels = 8;
const decodedChannels = (channels: number): number => (channels > maxChannels ? 1 : channels);

/** All channels as they are: {@link Downmix} mixes them. The layout is fixed, so that it holds when it changes on the way. */
function audioFilter({ audio, video }: MediaInfo, sampleRateHz: number, container: Container): string {
  const { channels } = audio!;
  const each = Array.from({ length: channels }, (_, c) => c);
  const pan =
    channels > maxChannels
      ? `pan=mono|c0=${each.map((c) => `${1 / channels}*c${c}`).join("+")}`
      : `pan=${channels}c|${each.map((c) => `c${c}=c${c}`).join("|")}`;
  const layout = channels === 1 ? ":channel_layouts=mono" : channels === 2 ? ":channel_layouts=stereo" : "";
  return [
    ...(channels > 2 ? [pan] : []),
    ...alongTimes(container, video !== undefined),
    `aformat=sample_fmts=flt:sample_rates=${sampleRateHz}${layout}`,
  ].join(",");
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
