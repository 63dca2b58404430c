import type { Model } from "../inference/models.ts";
import { decodeAudio } from "../media/decodeAudio.ts";
import { probeMedia } from "../media/probe.ts";
import { createSpeechReader } from "../speech/emotion.ts";
import type { ClassReader } from "./classes.ts";
import type { EvaluationContext } from "./dataset.ts";

/** Of a longer recording only the beginning is heard. */
const longestSeconds = 60;

/** Reads the emotion of a recording. */
export function createSpeechFileReader(model: Model, { ffmpeg, signal }: EvaluationContext): ClassReader {
  const reader = createSpeechReader(model);
  const { sampleRateHz } = reader;
  return async (file) => {
    const info = await probeMedia(file, { ffmpeg, signal });
    const sound = new Float32Array(longestSeconds * sampleRateHz);
    let length = 0;
    for await (const { samples } of decodeAudio(file, info, { sampleRateHz, ffmpeg, signal })) {
      sound.set(samples.subarray(0, sound.length - length), length);
      length = Math.min(sound.length, length + samples.length);
      if (length === sound.length) break;
    }
    return reader.readClip(sound.subarray(0, length));
  };
}
