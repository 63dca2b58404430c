import * as z from "zod";
import { speechLabels, type SpeechLabel } from "../../shared/emotion/labels.ts";
import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";
import { cutFrames, logMel, speechSpan } from "./logMel.ts";
import { mfcc } from "./mfcc.ts";
import type { Spectrogram } from "./powerSpectrum.ts";

export type SpeechProbabilities = Record<SpeechLabel, number>;

const settingsSchema = z.object({
  feature: z.enum(["logmel", "mfcc"]),
  window: z.literal("hamming"),
  melScale: z.literal("htk"),
  sampleRateHz: z.int().positive(),
  windowSamples: z.int().positive(),
  hopSamples: z.int().positive(),
  fftSize: z.int().positive(),
  mels: z.int().positive(),
  lowHz: z.number().min(0),
  highHz: z.number().positive(),
  topDb: z.number().positive(),
  /** Frames at either end that are this much under the loudest are cut off; 0 keeps all. */
  trimDb: z.number().min(0),
  mfcc: z.int().min(0),
  /** Length that the network was made for, and step between windows of a long recording. */
  segmentSeconds: z.number().positive(),
  segmentHopSeconds: z.number().positive(),
  /** Where the segment of a whole clip begins, for a network of fixed length. */
  offsetSeconds: z.number().min(0).default(0),
  leastFrames: z.int().positive().default(1),
});
type SpeechSettings = z.infer<typeof settingsSchema>;

export interface SpeechReader {
  readonly sampleRateHz: number;
  readonly segmentSeconds: number;
  readonly segmentHopSeconds: number;
  /** The emotion of one segment of sound, as it is: mono, -1..1, at {@link sampleRateHz}. */
  readSegment(sound: Float32Array): Promise<SpeechProbabilities>;
  /**
   * The emotion of a whole clip, as the network was measured: all of it for a network of any length, `segmentSeconds`
   * from the network's offset on for one of fixed length.
   */
  readClip(sound: Float32Array): Promise<SpeechProbabilities>;
}

/** Emotions of voices by a network of the task `speech`. */
export function createSpeechReader(model: Model): SpeechReader {
  const settings = readPreprocessing(model.entry, settingsSchema);
  const { sampleRateHz, segmentSeconds, segmentHopSeconds, offsetSeconds } = settings;
  const input = model.entry.inputs[0]!;
  const output = model.entry.outputs[0]!.name;
  const order = speechLabels.map((label) => model.entry.labels.indexOf(label));
  // A network of fixed length takes exactly one segment.
  const fixed = typeof input.shape[2] === "number";
  const segmentSamples = Math.round(segmentSeconds * sampleRateHz);
  const leastSamples = fixed ? segmentSamples : settings.leastFrames * settings.hopSamples;
  const mostSamples = fixed ? segmentSamples : Infinity;

  async function readSegment(sound: Float32Array): Promise<SpeechProbabilities> {
    const { bands, frames, data } = featuresOf(
      padded(sound, leastSamples).subarray(0, mostSamples),
      settings,
    );
    const values = (await model.run({ [input.name]: { data, shape: [1, bands, frames] } }))[output]!.data;
    return Object.fromEntries(
      speechLabels.map((label, i) => [label, order[i]! < 0 ? 0 : values[order[i]!]!]),
    ) as SpeechProbabilities;
  }

  return {
    sampleRateHz,
    segmentSeconds,
    segmentHopSeconds,
    readSegment,
    readClip: (sound) =>
      readSegment(fixed ? sound.subarray(Math.round(offsetSeconds * sampleRateHz)) : sound),
  };
}

function featuresOf(sound: Float32Array, settings: SpeechSettings): Spectrogram {
  const features = settings.feature === "mfcc" ? mfcc(sound, settings) : logMel(sound, settings);
  if (settings.trimDb === 0) return features;
  const [first, end] = speechSpan(features, settings.trimDb);
  const { leastFrames } = settings;
  if (end - first >= leastFrames) return cutFrames(features, first, end);
  // A click is shorter than the network takes: frames around it are kept.
  const around = (first + end - leastFrames) >> 1;
  const start = Math.max(0, Math.min(around, features.frames - leastFrames));
  return cutFrames(features, start, start + leastFrames);
}

/** The sound, followed by silence up to `samples`. */
function padded(sound: Float32Array, samples: number): Float32Array {
  if (sound.length >= samples) return sound;
  const out = new Float32Array(samples);
  out.set(sound);
  return out;
}
