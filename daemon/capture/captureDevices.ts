import { AppError } from "../../shared/errors.ts";
import { BlockReader } from "../media/blockReader.ts";
import { allocateFrames } from "../media/frameMemory.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import type { AudioChunk, Frame } from "../media/frame.ts";
import { FrameClock } from "../media/frameClock.ts";
import { FrameTimes, printFrameTimes } from "../media/frameTimes.ts";
import { quietArguments } from "../media/inputArguments.ts";
import { mediaLimits } from "../media/limits.ts";
import { Tool } from "../media/process.ts";
import { cameraInput, listDevices, microphoneInput } from "./devices.ts";

/** Whatever a camera gives is fitted into this picture, with black bars where the shapes differ. */
const picture = { width: 1280, height: 720 };
const frameRate = 30;
const deviceSampleRateHz = 48_000;
/** Pieces of sound: a fiftieth of a second. */
const pieceSamples = deviceSampleRateHz / 50;

interface CaptureOptions {
  readonly ffmpeg: Ffmpeg;
  readonly signal: AbortSignal;
}

export interface DeviceStreams {
  readonly frames?: AsyncIterable<Frame>;
  readonly sound?: AsyncIterable<AudioChunk>;
  readonly sampleRateHz?: number;
}

/**
 * Opens a camera, a microphone or both. Their times are of one clock that starts now.
 * @throws AppError `not_found` for a device that is not among those listed; while reading `capture_failed`
 */
export async function openDevices(
  asked: { readonly camera?: string | undefined; readonly microphone?: string | undefined },
  options: CaptureOptions,
): Promise<DeviceStreams> {
  const { cameras, microphones } = await listDevices(options.ffmpeg);
  const known = (id: string | undefined, listed: readonly { id: string }[]) => {
    if (id === undefined || listed.some((device) => device.id === id)) return id;
    throw new AppError(
      "not_found",
      `There is no device ${id}. \`edin live --devices\` lists those there are.`,
    );
  };
  const camera = known(asked.camera, cameras);
  const microphone = known(asked.microphone, microphones);
  const startedAt = performance.now();
  return {
    ...(camera !== undefined && { frames: captureFrames(cameraInput(camera), startedAt, options) }),
    ...(microphone !== undefined && {
      sound: captureSound(microphoneInput(microphone), startedAt, options),
      sampleRateHz: deviceSampleRateHz,
    }),
  };
}

/**
 * Pictures of an input of ffmpeg as they come. The first one's time is that of its arrival after `startedAt` (of
 * `performance.now()`), the others follow the device's clock.
 * @param input ffmpeg's arguments up to and with `-i`
 */
export async function* captureFrames(
  input: readonly string[],
  startedAt: number,
  { ffmpeg, signal }: CaptureOptions,
): AsyncGenerator<Frame, void, undefined> {
  const { width, height } = picture;
  const fit = `scale=${width}:${height}:force_original_aspect_ratio=decrease:flags=bilinear:out_range=tv:out_color_matrix=bt601`;
  const bars = `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p`;
  const times = new FrameTimes();
  const tool = new Tool(
    ffmpeg.ffmpeg,
    [
      ...quietArguments,
      ...["-loglevel", "repeat+info", "-fflags", "nobuffer"],
      ...input,
      ...["-map", "0:v:0", "-vf", `${printFrameTimes};[p]${fit},${bars}`, ...ffmpeg.frameTimes],
      ...["-f", "rawvideo", "-flush_packets", "1", "pipe:1"],
    ],
    { environment: ffmpeg.environment, signal, onLine: (line) => times.read(line) },
  );
  tool.stdin.end();
  void tool.ended.then(() => times.end());
  const bytes = (width * height * 3) / 2;
  try {
    const reader = new BlockReader(tool.stdout, bytes, allocateFrames(3, bytes));
    const clock = new FrameClock(frameRate);
    let offsetMs: number | undefined;
    for (let index = 0; ; index++) {
      const data = await reader.next(mediaLimits.stallMs);
      if (data?.length !== bytes) break;
      const nowMs = performance.now() - startedAt;
      const ownMs = (await times.of(index)) ?? nowMs;
      offsetMs ??= nowMs - ownMs;
      yield {
        ...{ index, timeMs: clock.next(ownMs + offsetMs), width, height, data },
        ...{ matrix: "bt601", fullRange: false },
      };
      reader.release(data);
    }
    await ended(tool, signal, "camera");
  } finally {
    tool.kill();
    await tool.ended;
  }
}

/** Sound of an input of ffmpeg as it comes, mixed to mono, without gaps; see {@link captureFrames}. */
export async function* captureSound(
  input: readonly string[],
  startedAt: number,
  { ffmpeg, signal }: CaptureOptions,
): AsyncGenerator<AudioChunk, void, undefined> {
  const tool = new Tool(
    ffmpeg.ffmpeg,
    [
      ...quietArguments,
      // The arrival of the samples is their time: a device whose clock runs off is stretched back.
      ...["-loglevel", "error", "-fflags", "nobuffer", "-use_wallclock_as_timestamps", "1"],
      ...input,
      ...["-map", "0:a:0", "-af", "aresample=async=1000:first_pts=0", "-ac", "1"],
      ...["-ar", String(deviceSampleRateHz), "-f", "s16le", "-flush_packets", "1", "pipe:1"],
    ],
    { environment: ffmpeg.environment, signal },
  );
  tool.stdin.end();
  try {
    const reader = new BlockReader(tool.stdout, 2 * pieceSamples, 50);
    const pieceMs = (1000 * pieceSamples) / deviceSampleRateHz;
    let firstMs: number | undefined;
    for (let n = 0; ; n++) {
      const block = await reader.next(mediaLimits.stallMs);
      if (block?.length !== 2 * pieceSamples) break;
      firstMs ??= Math.max(0, performance.now() - startedAt - pieceMs);
      const samples = new Float32Array(pieceSamples);
      const view = new DataView(block.buffer, block.byteOffset);
      for (let i = 0; i < pieceSamples; i++) samples[i] = view.getInt16(2 * i, true) / 32768;
      reader.release(block);
      yield { timeMs: firstMs + n * pieceMs, sampleRateHz: deviceSampleRateHz, samples };
    }
    await ended(tool, signal, "microphone");
  } finally {
    tool.kill();
    await tool.ended;
  }
}

/** A device ends when its stream is stopped, or it failed. */
async function ended(tool: Tool, signal: AbortSignal, what: string): Promise<void> {
  const { code, error } = await tool.ended;
  signal.throwIfAborted();
  if (code === 0) return;
  throw new AppError(
    "capture_failed",
    `The ${what} gives nothing (any more). Is it plugged in, allowed, and free of other programs?`,
    { cause: error ?? new Error(tool.words) },
  );
}
