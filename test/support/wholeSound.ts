import { decodeAudio } from "../../daemon/media/decodeAudio.ts";
import { probeMedia } from "../../daemon/media/probe.ts";

/** All sound of a file, mono. */
export async function wholeSound(file: string, sampleRateHz: number): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for await (const { samples } of decodeAudio(file, await probeMedia(file), { sampleRateHz }))
    parts.push(samples);
  return joined(parts);
}

/** Sounds one after the other. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
