import { AppError } from "../../shared/errors.ts";
import type { LiveSource } from "../../shared/protocol/live.ts";
import { chooseSoundTrack } from "../analysis/soundTrack.ts";
import { openDevices } from "../capture/captureDevices.ts";
import type { Model } from "../inference/models.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import type { AudioChunk, Frame } from "../media/frame.ts";
import { probeMedia } from "../media/probe.ts";
import { playAudio, playFrames } from "../capture/realTime.ts";
import { unixMs } from "./events.ts";
import type { Arrival } from "./arrival.ts";
import type { PageSource } from "./pageSource.ts";

/** Pictures and sound as they come, on one clock. Both end with the source, or when the signal aborts. */
export interface OpenSource {
  readonly pictures?: AsyncIterable<Arrival> | undefined;
  readonly sound?: AsyncIterable<AudioChunk> | undefined;
  /** Of the sound as it comes. */
  readonly sampleRateHz?: number | undefined;
  /** What to expect, frames a second. */
  readonly frameRate: number;
  /** What was chosen among several, and why. */
  readonly notes?: readonly string[] | undefined;
}

/** Of cameras and capture pages, until their frames tell. */
const usualFrameRate = 30;
/** Sound of a clip is read at the rate of the networks. */
const clipSampleRateHz = 16_000;

export interface SourceOptions {
  readonly ffmpeg: Ffmpeg;
  readonly signal: AbortSignal;
  readonly maxHeight: number;
  /** Of a clip: the sound track to hear, from 1. */
  readonly audioTrack: number | undefined;
  /** Finds the track with a voice; absent where nothing is heard. */
  readonly voice: Model | undefined;
  /** Where the pictures of a source of kind `page` come from. */
  readonly page: PageSource;
}

/** @throws AppError of media and devices, `no_video`, `invalid_config` for a sound track of what has none */
export async function openSource(source: LiveSource, options: SourceOptions): Promise<OpenSource> {
  const { ffmpeg, signal, maxHeight, page, audioTrack, voice } = options;
  if (audioTrack !== undefined && source.kind !== "file")
    throw new AppError("invalid_config", "Only a clip has sound tracks. Choose a microphone instead.");
  switch (source.kind) {
    case "file": {
      const probed = await probeMedia(source.path, { ffmpeg, signal, audioTrack });
      const { media: info, notes } =
        voice === undefined
          ? { media: probed, notes: [] }
          : await chooseSoundTrack(source.path, probed, audioTrack, voice, { ffmpeg, signal });
      if (!info.video)
        throw new AppError(
          "no_video",
          `${info.name} has no picture: it cannot be played live. Choose another clip.`,
        );
      let startedAt: number | undefined;
      // Not before somebody looks: what comes between is no time of the clip.
      const start = (): number => (startedAt ??= performance.now());
      const sound = { ffmpeg, signal, sampleRateHz: clipSampleRateHz };
      return {
        pictures: arriving(playFrames(source.path, info, start, { ffmpeg, signal, maxHeight })),
        frameRate: info.video.frameRate,
        notes,
        ...(info.audio && {
          sound: playAudio(source.path, info, start, sound),
          sampleRateHz: clipSampleRateHz,
        }),
      };
    }
    case "devices": {
      const { frames, ...sound } = await openDevices(source, { ffmpeg, signal });
      return { ...sound, frameRate: usualFrameRate, ...(frames && { pictures: arriving(frames) }) };
    }
    case "page":
      return { pictures: page.pictures, sound: page.sound, frameRate: usualFrameRate };
  }
}

async function* arriving(frames: AsyncIterable<Frame>): AsyncGenerator<Arrival, void, undefined> {
  for await (const frame of frames) yield { frame, timeMs: frame.timeMs, arrivedAt: unixMs() };
}
