import { createHash } from "node:crypto";
import { normal, seededRandom } from "../../shared/stats/random.ts";
import { Resampler } from "../media/resampler.ts";
import type { Training } from "../../shared/protocol/training.ts";

/** How far sounds are changed: what a training's `augment` says of them. */
export type SoundChanges = Pick<NonNullable<Training["augment"]>, "noise" | "pitch" | "speed">;

/** Copies of each sound that is learned from, besides itself. */
export const soundCopies = 3;

/** A changed copy of a sound: the same for the same name and number, whatever else is read. */
export function changeSound(
  sound: Float32Array,
  { noise, pitch, speed }: SoundChanges,
  name: string,
  copy: number,
): Float32Array {
  const random = seededRandom(createHash("sha256").update(`${copy}:${name}`).digest().readUInt32LE(0));
  const spread = () => 2 * random() - 1;
  const higher = 2 ** ((spread() * pitch) / 12);
  const faster = 1 + spread() * speed;
  // Played faster it is higher as well; stretched back it is only that.
  const pitched = pitch > 0 ? stretch(playedFaster(sound, higher), higher) : sound;
  const out = speed > 0 ? playedFaster(pitched, faster) : pitched.slice();
  if (noise > 0) {
    const peak = out.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    for (let i = 0; i < out.length; i++) out[i]! += noise * peak * normal(random);
  }
  return out;
}

/** As a tape that runs `factor` times as fast: shorter, and higher by as much. */
export function playedFaster(sound: Float32Array, factor: number): Float32Array {
  const wanted = Math.round(sound.length / factor);
  if (wanted === sound.length) return sound.slice();
  const rateHz = 1e6;
  // What is still in the filter comes out with silence behind the sound.
  const padded = new Float32Array(sound.length + 256);
  padded.set(sound);
  return new Resampler(Math.round(rateHz * factor), rateHz).next(padded).slice(0, wanted);
}

/** Of pieces that are laid over each other, samples: 32 ms at 16 kHz holds two periods of a low voice. */
const piece = 512;
const hop = piece / 2;
/** How far a piece is moved to where it fits what is there, samples. */
const reach = 160;

/**
 * Longer by `factor` at the same pitch: pieces of the sound overlap anew, each moved to where it is most alike what would
 * have followed (WSOLA; Verhelst and Roelands 1993).
 */
export function stretch(sound: Float32Array, factor: number): Float32Array {
  const out = new Float32Array(Math.round(sound.length * factor));
  const total = new Float32Array(out.length);
  let follows = 0;
  for (let to = -hop; to < out.length; to += hop) {
    const wanted = Math.round(to / factor);
    const from = to === -hop ? wanted : bestNear(sound, wanted, follows);
    for (let i = 0; i < piece; i++) {
      const at = to + i;
      if (at < 0 || at >= out.length) continue;
      const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / piece);
      out[at]! += weight * (sound[from + i] ?? 0);
      total[at]! += weight;
    }
    follows = from + hop;
  }
  for (let i = 0; i < out.length; i++) if (total[i]! > 1e-6) out[i]! /= total[i]!;
  return out;
}

/** The start within reach of `wanted` whose piece is most alike the one that begins at `follows`. */
function bestNear(sound: Float32Array, wanted: number, follows: number): number {
  let best = wanted;
  let most = -Infinity;
  for (let start = wanted - reach; start <= wanted + reach; start++) {
    let product = 0;
    let power = 1e-9;
    for (let i = 0; i < piece; i += 2) {
      const value = sound[start + i] ?? 0;
      product += value * (sound[follows + i] ?? 0);
      power += value * value;
    }
    const alike = product / Math.sqrt(power);
    if (alike > most) [best, most] = [start, alike];
  }
  return best;
}
