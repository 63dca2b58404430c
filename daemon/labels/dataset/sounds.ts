import { writeFile } from "node:fs/promises";
import path from "node:path";
import { decodeAudio } from "../../media/decodeAudio.ts";
import type { MediaOptions } from "../../media/ffmpeg.ts";
import { probeMedia } from "../../media/probe.ts";
import { encodeWav } from "../../media/wav.ts";
import type { PlannedLane } from "./plan.ts";
import { sampleName, type Missed, type Sample } from "./sample.ts";

const sampleRateHz = 44_100;
/** Shorter sounds say nothing of an emotion; longer ones are cut into equal pieces. */
const [minMs, maxMs] = [300, 10_000];

interface Piece {
  readonly startMs: number;
  readonly endMs: number;
  readonly label: string;
  readonly agreement: number;
}

/** Cuts the voice out of a clip: a WAV for each stretch. @param number of the lane, for names */
export async function cutSounds(
  lane: PlannedLane,
  number: number,
  folder: string,
  options: MediaOptions,
): Promise<{ samples: Sample[]; missed: Missed[] }> {
  const { clip, face, subject } = lane;
  const missed: Missed[] = [];
  const pieces = lane.stretches.flatMap((stretch): Piece[] => {
    const length = stretch.endMs - stretch.startMs;
    if (length < minMs) {
      missed.push({ clip, timeMs: stretch.startMs, reason: `shorter than ${minMs} ms` });
      return [];
    }
    const n = Math.ceil(length / maxMs);
    return Array.from({ length: n }, (_, i) => ({
      ...stretch,
      startMs: stretch.startMs + (i / n) * length,
      endMs: stretch.startMs + ((i + 1) / n) * length,
    }));
  });
  const samples: Sample[] = [];
  const finish = async ({ startMs, endMs, label, agreement }: Piece, sound: Float32Array): Promise<void> => {
    const name = sampleName(number, lane, startMs, "wav");
    await writeFile(path.join(folder, name), encodeWav(sound, sampleRateHz));
    samples.push({
      name,
      label,
      subject,
      clip,
      face,
      startMs: Math.round(startMs),
      endMs: Math.round(endMs),
      agreement,
    });
  };
  const info = await probeMedia(lane.file, options);
  const waiting = pieces.map((piece) => ({
    piece,
    first: Math.round((piece.startMs / 1000) * sampleRateHz),
    sound: new Float32Array(Math.round(((piece.endMs - piece.startMs) / 1000) * sampleRateHz)),
    filled: 0,
  }));
  let at = 0;
  let next = 0;
  if (waiting.length > 0)
    for await (const { samples: chunk } of decodeAudio(lane.file, info, { ...options, sampleRateHz })) {
      // Stretches of a lane are in order and do not overlap.
      for (let i = next; i < waiting.length && waiting[i]!.first < at + chunk.length; i++) {
        const one = waiting[i]!;
        const from = Math.max(0, one.first + one.filled - at);
        const part = chunk.subarray(from, Math.min(chunk.length, from + one.sound.length - one.filled));
        one.sound.set(part, one.filled);
        one.filled += part.length;
        if (one.filled < one.sound.length) break;
        await finish(one.piece, one.sound);
        next++;
      }
      at += chunk.length;
      if (next === waiting.length) break;
    }
  // The last one may lack a moment at the end of the clip.
  for (const { piece, sound, filled } of waiting.slice(next))
    if (filled >= (minMs / 1000) * sampleRateHz) await finish(piece, sound.subarray(0, filled));
    else missed.push({ clip, timeMs: piece.startMs, reason: "the sound is shorter" });
  return { samples, missed };
}
