import { isAppError } from "../../shared/errors.ts";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import { decodeAudio } from "../media/decodeAudio.ts";
import { decodeFrames } from "../media/decodeFrames.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import type { AudioChunk, Frame } from "../media/frame.ts";
import type { Moment } from "../pipelines/moment.ts";
import type { OpenPipeline } from "../pipelines/pipeline.ts";
import { nothing } from "../pipelines/stage.ts";
import type { Timing } from "../pipelines/timing.ts";
import { framesHeld } from "../pipelines/visual.ts";
import type { StageTimes } from "./stageTimes.ts";

export interface ClipOptions {
  readonly mediaPath: string;
  readonly media: MediaInfo;
  readonly maxHeight: number;
  readonly ffmpeg: Ffmpeg;
  readonly signal: AbortSignal;
  /** That the pipeline was opened with. */
  readonly timing: Timing;
  /** Sound was decoded until this time. */
  readonly onHeard: (endMs: number) => void;
  /** Channels of the sound were out of phase; one was inverted. */
  readonly onOutOfPhase: () => void;
  /** The sound goes beyond full scale and is turned down. */
  readonly onTurnedDown: (decibels: number) => void;
  /** A constant of the sound card was taken off. */
  readonly onOffset: (share: number) => void;
  /** The picture has another size or format from this time on. */
  readonly onOtherSize: (timeMs: number) => void;
  /** The sound cannot be read to its end; the picture goes on without it. */
  readonly onDamagedSound: (atMs: number) => void;
}

/**
 * What happens in a clip, in order of time. Picture and sound are decoded by a process each, which waits when it is ahead.
 */
export function clipMoments(
  pipeline: OpenPipeline,
  {
    mediaPath,
    media,
    maxHeight,
    ffmpeg,
    signal,
    timing,
    onHeard,
    onOutOfPhase,
    onTurnedDown,
    onOffset,
    onOtherSize,
    onDamagedSound,
  }: ClipOptions,
  times: StageTimes,
): AsyncIterable<Moment> {
  const decoding = { ffmpeg, signal, maxHeight, onOtherSize, held: framesHeld(timing) };
  const frames: AsyncIterable<Frame> = media.video
    ? times.waits("decode", decodeFrames(mediaPath, media, decoding))
    : nothing;
  const { soundRateHz: sampleRateHz } = pipeline;
  if (!media.audio || sampleRateHz === undefined) return pipeline.moments({ frames });
  const decoded = decodeAudio(mediaPath, media, {
    sampleRateHz,
    ffmpeg,
    signal,
    onOutOfPhase,
    onTurnedDown,
    onOffset,
  });
  const heard = told(decoded, onHeard);
  const readable = media.video ? untilDamaged(heard, onDamagedSound) : heard;
  return pipeline.moments({ frames, sound: times.waits("decode sound", readable) });
}

/** The sound as far as it can be read. */
async function* untilDamaged(
  sound: AsyncIterable<AudioChunk>,
  onDamaged: (atMs: number) => void,
): AsyncGenerator<AudioChunk, void, undefined> {
  let endMs = 0;
  try {
    for await (const chunk of sound) {
      yield chunk;
      endMs = chunk.timeMs + (1000 * chunk.samples.length) / chunk.sampleRateHz;
    }
  } catch (error) {
    if (!isAppError(error, "media_unreadable")) throw error;
    onDamaged(endMs);
  }
}

async function* told(
  sound: AsyncIterable<AudioChunk>,
  onHeard: (endMs: number) => void,
): AsyncGenerator<AudioChunk, void, undefined> {
  for await (const chunk of sound) {
    onHeard(chunk.timeMs + (1000 * chunk.samples.length) / chunk.sampleRateHz);
    yield chunk;
  }
}
