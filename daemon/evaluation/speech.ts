import type { Model } from "../inference/models.ts";
import { decodeAudio } from "../media/decodeAudio.ts";
import { probeMedia } from "../media/probe.ts";
import { createSpeechReader } from "../speech/emotion.ts";
import type { ClassReader } from "./classes.ts";
import type { EvaluationContext } from "./dataset.ts";

/** Of a longer recording only the beginning is heard. */
export const maxSeconds = 60;

/**
 * Reads the emotion of a recording.
 * @param onLonger is called for each recording of which not all was heard
 */
export function createSpeechFileReader(
  model: Model,
  {
    ffmpeg,
    signal,
    prepareSound = (sound) => sound,
  }: EvaluationContext & { readonly prepareSound?: (sound: Float32Array) => Float32Array },
  onLonger: () => void = () => undefined,
): ClassReader {
  const reader = createSpeechReader(model);
  const { sampleRateHz } = reader;
  return async (file) => {
    const info = await probeMedia(file, { ffmpeg, signal });
    const sound = new Float32Array(maxSeconds * sampleRateHz);
    let length = 0;
    for await (const { samples } of decodeAudio(file, info, { sampleRateHz, ffmpeg, signal })) {
      const room = sound.length - length;
      sound.set(samples.subarray(0, room), length);
      length += Math.min(room, samples.length);
      if (samples.length <= room) continue;
      onLonger();
      break;
    }
    return reader.readClip(prepareSound(sound.subarray(0, length)));
  };
}
