import { setTimeout as sleep } from "node:timers/promises";
import type { MediaInfo } from "../../shared/protocol/results.ts";
import { decodeAudio, type DecodeAudioOptions } from "../media/decodeAudio.ts";
import { decodeFrames, type DecodeFramesOptions } from "../media/decodeFrames.ts";
import type { AudioChunk, Frame } from "../media/frame.ts";

/**
 * The pictures of a clip, each when its time has come; see {@link decodeFrames}. `start` is asked with the first picture or sound, for the time of `performance.now()` at which the clip begins to play.
 */
export async function* playFrames(
  mediaPath: string,
  info: MediaInfo,
  start: () => number,
  options: DecodeFramesOptions,
): AsyncGenerator<Frame, void, undefined> {
  const startedAt = start();
  for await (const frame of decodeFrames(mediaPath, info, options)) {
    await until(startedAt + frame.timeMs, options.signal);
    yield frame;
  }
}

/** Pieces of sound a second. */
const piecesASecond = 20;

/** The sound of a clip, each short piece when its last sample has been heard; see {@link decodeAudio}. */
export async function* playAudio(
  mediaPath: string,
  info: MediaInfo,
  start: () => number,
  options: DecodeAudioOptions,
): AsyncGenerator<AudioChunk, void, undefined> {
  const { sampleRateHz, signal } = options;
  const startedAt = start();
  const length = Math.ceil(sampleRateHz / piecesASecond);
  for await (const { timeMs, samples } of decodeAudio(mediaPath, info, options)) {
    for (let at = 0; at < samples.length; at += length) {
      const piece = samples.subarray(at, at + length);
      const pieceMs = timeMs + (1000 * at) / sampleRateHz;
      await until(startedAt + pieceMs + (1000 * piece.length) / sampleRateHz, signal);
      yield { timeMs: pieceMs, sampleRateHz, samples: piece };
    }
  }
}

async function until(at: number, signal: AbortSignal | undefined): Promise<void> {
  const waitMs = at - performance.now();
  if (waitMs > 0) await sleep(waitMs, undefined, signal && { signal });
}
