import { decodeAudio } from "../../../daemon/media/decodeAudio.ts";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import type { MediaOptions } from "../../../daemon/media/ffmpeg.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { isAppError } from "../../../shared/errors.ts";
import { mediaInfoSchema } from "../../../shared/protocol/results.ts";

/** How reading a damaged file may end. */
export const honestEnds: readonly string[] = [
  "ok",
  "media_empty",
  "media_unreadable",
  "media_unsupported",
  "media_too_large",
  "media_timeout",
];

/**
 * Probes a file and decodes all its pictures and sound. "ok", or the code of the AppError that it ended in; anything
 * else, such as a frame of the wrong size or a NaN, is thrown.
 */
export async function readWhole(file: string, options: MediaOptions = {}): Promise<string> {
  try {
    const info = mediaInfoSchema.parse(await probeMedia(file, options));
    let lastMs = -1;
    if (info.video) {
      for await (const { width, height, data, timeMs } of decodeFrames(file, info, options)) {
        const bytes = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
        if (data.length !== bytes) throw new Error(`${data.length} bytes for ${width} x ${height}`);
        if (!(timeMs > lastMs)) throw new Error(`${timeMs} ms after ${lastMs} ms`);
        lastMs = timeMs;
      }
    }
    if (info.audio) {
      for await (const { samples } of decodeAudio(file, info, { ...options, sampleRateHz: 16_000 })) {
        if (!samples.every((sample) => Math.abs(sample) <= 1)) throw new Error("a sample beyond -1..1");
      }
    }
    return "ok";
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
}

/** A copy of `bytes` with up to eight bits flipped, chosen by `seed`. */
export function flipBits(bytes: Uint8Array, seed: number): Uint8Array {
  const random = mulberry32(seed);
  const flipped = new Uint8Array(bytes);
  const flips = 1 + Math.floor(8 * random());
  for (let i = 0; i < flips; i++) {
    const at = Math.floor(flipped.length * random());
    flipped[at] = flipped[at]! ^ (1 << Math.floor(8 * random()));
  }
  return flipped;
}

/** Numbers in 0..1 from a 32-bit seed (Tommy Ettinger's mulberry32). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs `work` for 0..count-1, two at a time. */
export async function twoAtATime(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all([lane(), lane()]);
}
